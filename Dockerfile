# gradwalk in a container:
#   docker build -t gradwalk .
#   docker run -p 8000:8000 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges gradwalk

FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/gradwalk
COPY requirements.txt .
RUN pip --python /opt/gradwalk/bin/python install --no-cache-dir --requirement requirements.txt
COPY . .
RUN ASSETS=require pip --python /opt/gradwalk/bin/python install --no-cache-dir --no-deps .

FROM python:3.13-slim
# What the wheel that carries Graphviz leaves to the system: five libraries, and a font for the text of PNG and PDF.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-dejavu-core libexpat1 libglib2.0-0 libx11-6 libxext6 libxrender1 \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -p /etc/fonts \
    && echo '<fontconfig><dir>/usr/share/fonts</dir><cachedir>/tmp/fontconfig</cachedir></fontconfig>' > /etc/fonts/fonts.conf
COPY --from=build /opt/gradwalk /opt/gradwalk
ENV HOST=0.0.0.0 \
    PORT=8000 \
    PATH=/opt/gradwalk/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["python", "-m", "app"]
