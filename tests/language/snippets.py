"""Programs as tutorials write them; each prints the same here and in CPython with PyTorch, NumPy and micrograd.

Four styles: scalar `Value` networks, a tour of autograd, networks of `torch.nn`, and plain Python with numbers.
"""

MICROGRAD = {
    "one value": "a = Value(2.0)\nb = Value(-3.0)\nc = Value(10.0)\ne = a*b; e.label = 'e'\n"
    "d = e + c\nf = Value(-2.0)\nL = d * f\nL.backward()\nprint(L.data, a.grad, b.grad, c.grad, f.grad)",
    "a list of values": "xs = [Value(float(k)) for k in range(4)]\ny = sum(x*x for x in xs)\ny.backward()\n"
    "print([x.grad for x in xs], y.data)",
    "a neuron by hand": "x = [Value(2.0), Value(0.0)]\nw = [Value(-3.0), Value(1.0)]\nb = Value(6.8813735870195432)\n"
    "n = sum((wi*xi for wi, xi in zip(w, x)), b)\no = n.relu()\no.backward()\nfor wi in w:\n    print(wi.grad)\nprint(o.data)",
    "a function of values": "def f(x):\n    return 3*x**2 - 4*x + 5\n\na = Value(3.0)\ny = f(a)\ny.backward()\nprint(y.data, a.grad)",
    "slope by differences": "def f(x):\n    return 3*x**2 - 4*x + 5\n\nh = 0.000001\nx = 2/3\nprint(round((f(x + h) - f(x))/h, 4))",
    "the slope of each input": (
        "def lol(which):\n    h = 0.001\n    values = [2.0, -3.0, 10.0]\n    a, b, c = values\n    d = a*b + c\n"
        "    values[which] += h\n    a, b, c = values\n    return (a*b + c - d)/h\n\n"
        "for k in range(3):\n    print(f'{lol(k):.3f}')\nz = Value(1.0)"
    ),
    "used twice": "a = Value(3.0)\nb = a + a\nb.backward()\nprint(a.grad)\nc = Value(-2.0)\nd = c * 3 + c\ne = d * c\ne.backward()\n"
    "print(c.grad, d.grad)",
    "a network": (
        "random.seed(7)\nmodel = MLP(2, [3, 1])\nprint(model)\nprint(len(model.parameters()))\n"
        "y = model([1.0, -2.0])\ny.backward()\nprint(f'{y.data:.6f}')"
    ),
    "a network learns": (
        "random.seed(1)\nn = MLP(3, [4, 1])\nxs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0]]\nys = [1.0, -1.0, -1.0]\n"
        "for k in range(8):\n    ypred = [n(x) for x in xs]\n    loss = sum((yout - ygt)**2 for ygt, yout in zip(ys, ypred))\n"
        "    for p in n.parameters():\n        p.grad = 0.0\n    loss.backward()\n"
        "    for p in n.parameters():\n        p.data += -0.05 * p.grad\n    print(k, f'{loss.data:.6f}')"
    ),
    "zeroing by the model": (
        "random.seed(3)\nn = MLP(2, [2, 1])\nfor k in range(3):\n    out = n([0.5, -0.25])\n    n.zero_grad()\n    out.backward()\n"
        "    for p in n.parameters():\n        p.data -= 0.1 * p.grad\n    print(f'{out.data:.8f}')"
    ),
    "forgetting to zero": (
        "w = Value(1.0)\nfor k in range(3):\n    loss = (w * 2.0 - 3.0)**2\n    loss.backward()\n    print(w.grad)"
    ),
    "a hinge loss": (
        "random.seed(5)\nmodel = MLP(2, [3, 1])\nX = [[0.5, 1.0], [-1.0, 0.25], [2.0, -0.5]]\nY = [1, -1, 1]\n"
        "inputs = [list(map(Value, row)) for row in X]\nscores = list(map(model, inputs))\n"
        "losses = [(1 + -yi*scorei).relu() for yi, scorei in zip(Y, scores)]\ndata_loss = sum(losses) * (1.0 / len(losses))\n"
        "alpha = 1e-4\nreg_loss = alpha * sum((p*p for p in model.parameters()))\ntotal = data_loss + reg_loss\n"
        "accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(Y, scores)]\ntotal.backward()\n"
        "print(f'{total.data:.6f}', sum(accuracy) / len(accuracy))"
    ),
    "one layer": "random.seed(11)\nlayer = Layer(2, 3)\nout = layer([1.0, 2.0])\nprint([f'{o.data:.6f}' for o in out], layer)\n"
    "s = sum(out)\ns.backward()",
    "one neuron of the library": "random.seed(2)\nn = Neuron(2, nonlin=False)\nprint(n, len(n.w), n.b.data)\ny = n([0.5, 0.25])\n"
    "y.backward()\nprint(f'{y.data:.8f}', [w.grad for w in n.w])",
    "random numbers of Python": "random.seed(42)\nprint(random.random(), random.uniform(-1, 1), random.randint(1, 6), random.gauss(0, 1))\n"
    "print(random.choice([10, 20, 30]))\nxs = [1, 2, 3, 4, 5]\nrandom.shuffle(xs)\nprint(xs, random.sample(xs, 2))\nv = Value(1.0)",
    "values in a dictionary": "v = {'a': Value(2.0), 'b': Value(3.0)}\nout = v['a'] * v['b'] + v['a']\nout.backward()\n"
    "for name, value in v.items():\n    print(name, value.grad)",
    "gradient descent by hand": (
        "x = Value(5.0)\nhistory = []\nfor step in range(10):\n    y = (x - 2.0)**2\n    x.grad = 0\n    y.backward()\n"
        "    x.data -= 0.1 * x.grad\n    history.append(round(x.data, 4))\nprint(history)"
    ),
    "polynomial with a list": "coefficients = [Value(c) for c in (1.0, -2.0, 0.5)]\nx = 1.5\ny = Value(0.0)\n"
    "for power, c in enumerate(coefficients):\n    y = y + c * x**power\ny.backward()\nprint(y.data, [c.grad for c in coefficients])",
}

AUTOGRAD = {
    "two vectors": (
        "a = torch.tensor([2., 3.], requires_grad=True)\nb = torch.tensor([6., 4.], requires_grad=True)\nQ = 3*a**3 - b**2\n"
        "external_grad = torch.tensor([1., 1.])\nQ.backward(gradient=external_grad)\n"
        "print(9*a**2 == a.grad)\nprint(-2*b == b.grad)\nprint(Q)"
    ),
    "one layer by hand": (
        "x = torch.ones(5)\ny = torch.zeros(3)\nw = torch.tensor([[0.1, 0.2, 0.3]]*5, requires_grad=True)\n"
        "b = torch.tensor([0.5, -0.5, 0.25], requires_grad=True)\nz = torch.matmul(x, w) + b\n"
        "loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)\nprint(z, loss)\nloss.backward()\nprint(w.grad)\nprint(b.grad)"
    ),
    "tracking": (
        "x = torch.ones(2, 2, requires_grad=True)\nprint(x)\ny = x + 2\nprint(y)\nz = y * y * 3\nout = z.mean()\nprint(z, out)\n"
        "out.backward()\nprint(x.grad)"
    ),
    "turning it on": (
        "a = torch.tensor([[1.0, -2.0], [0.5, 3.0]])\na = ((a * 3) / (a - 1.5))\nprint(a.requires_grad)\na.requires_grad_(True)\n"
        "print(a.requires_grad)\nb = (a * a).sum()\nb.backward()\nprint(a.grad)"
    ),
    "no_grad": (
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\nprint((x ** 2).requires_grad)\nwith torch.no_grad():\n"
        "    print((x ** 2).requires_grad)\ny = x.detach()\nprint(y.requires_grad, x.eq(y).all())\n(x*y).sum().backward()\nprint(x.grad)"
    ),
    "vector times jacobian": (
        "x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)\ny = x * 2\nwhile y.data.norm() < 100:\n    y = y * 2\nprint(y)\n"
        "v = torch.tensor([0.1, 1.0, 0.0001])\ny.backward(v)\nprint(x.grad)"
    ),
    "accumulation": (
        "inp = torch.eye(4, 5, requires_grad=True)\nout = (inp + 1).pow(2).t()\nout.backward(torch.ones_like(out), retain_graph=True)\n"
        "print(inp.grad)\nout.backward(torch.ones_like(out), retain_graph=True)\nprint(inp.grad)\ninp.grad.zero_()\n"
        "out.backward(torch.ones_like(out))\nprint(inp.grad)"
    ),
    "leaves": (
        "a = torch.tensor(1.5, requires_grad=True)\nb = a * 2\nb.retain_grad()\nc = b ** 2\nc.backward()\n"
        "print(a.is_leaf, b.is_leaf, a.grad, b.grad, c)"
    ),
    "broadcasting": (
        "x = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)\ny = torch.tensor([10.0, 20.0], requires_grad=True)\n"
        "z = x * y + 1\nprint(z.shape, z)\nz.sum().backward()\nprint(x.grad)\nprint(y.grad)"
    ),
    "matrix products": (
        "A = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\nB = torch.tensor([[0.5, -1.0], [2.0, 0.0]])\nC = A @ B\n"
        "print(C)\nprint(A.T)\nprint(torch.mm(A, B).sum(dim=0))\nC.sum().backward()\nprint(A.grad)"
    ),
    "reductions": (
        "x = torch.tensor([[1.0, 5.0, 2.0], [4.0, 0.0, 6.0]], requires_grad=True)\n"
        "print(x.sum(), x.sum(dim=0), x.sum(1, keepdim=True))\nprint(x.mean(), x.mean(dim=1), x.max(), x.min())\n"
        "values, indices = x.max(dim=1)\nprint(values, indices)\nprint(x.argmax(), x.argmax(dim=0), x.prod(), x.std(), x.var(dim=0))\n"
        "(x.max(dim=0).values.sum() + x.std()).backward()\nprint(x.grad)"
    ),
    "shapes": (
        "x = torch.arange(6.).reshape(2, 3)\nprint(x, x.shape, x.size(), x.size(0), x.numel(), x.ndim)\nprint(x.view(3, 2), x.view(-1))\n"
        "print(x.T, x.t().shape, x.unsqueeze(0).shape, x.unsqueeze(-1).squeeze().shape)\nprint(x.flatten(), x.transpose(0, 1))\n"
        "w = torch.tensor(1.0, requires_grad=True)\n(x * w).sum().backward()\nprint(w.grad)"
    ),
    "indexing": (
        "x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)\nprint(x[0], x[1, 2], x[:, 1], x[0, 1:], x[..., -1])\n"
        "print(x[x > 2])\nprint(x[[1, 0]])\n(x[0, 0] * x[1, 1] + x[:, 2].sum()).backward()\nprint(x.grad)"
    ),
    "writing into data": (
        "x = torch.zeros(2, 3)\nx[0] = 1.0\nx[:, 2] = torch.tensor([7.0, 8.0])\nx[1, 0] += 5\nprint(x)\nv = x[1]\nv[1] = 9.0\nprint(x)\n"
        "w = torch.tensor(2.0, requires_grad=True)\n(x * w).sum().backward()\nprint(w.grad)"
    ),
    "joining": (
        "a = torch.tensor([1.0, 2.0], requires_grad=True)\nb = torch.tensor([3.0, 4.0], requires_grad=True)\n"
        "print(torch.cat([a, b]), torch.stack([a, b]), torch.stack([a, b], dim=1))\n"
        "y = (torch.cat([a, b]) * torch.arange(4.)).sum()\ny.backward()\nprint(a.grad, b.grad)"
    ),
    "making": (
        "print(torch.zeros(2), torch.ones(1, 2), torch.full((2,), 7.0), torch.arange(3), torch.arange(1, 2, 0.25))\n"
        "print(torch.linspace(0, 1, 5), torch.eye(2), torch.zeros_like(torch.ones(2, 1)))\nprint(torch.tensor([1, 2, 3]), torch.tensor([True, False]))\n"
        "w = torch.tensor(1.0, requires_grad=True)\n(w * 2).backward()\nprint(w.grad)"
    ),
    "functions": (
        "x = torch.tensor([-1.5, 0.0, 0.5, 2.0], requires_grad=True)\n"
        "for f in (torch.relu, torch.tanh, torch.sigmoid, torch.exp, torch.sin, torch.abs):\n    print(f(x))\n"
        "y = (torch.relu(x) + torch.sigmoid(x) * torch.cos(x)).sum()\ny.backward()\nprint(x.grad)"
    ),
    "softmax by hand": (
        "logits = torch.tensor([2.0, 1.0, 0.1], requires_grad=True)\np = torch.exp(logits) / torch.exp(logits).sum()\n"
        "q = F.softmax(logits, dim=0)\nprint(p, q, torch.allclose(p, q))\nloss = -torch.log(p[0])\nloss.backward()\nprint(logits.grad)"
    ),
    "log softmax": (
        "x = torch.tensor([[1.0, 2.0, 3.0], [1.0, -1.0, 0.0]], requires_grad=True)\nlp = F.log_softmax(x, dim=1)\nprint(lp)\n"
        "loss = F.nll_loss(lp, torch.tensor([2, 0]))\nprint(loss, torch.logsumexp(x, dim=1))\nloss.backward()\nprint(x.grad)"
    ),
    "sgd by hand": (
        "w = torch.tensor([1.0, -1.0], requires_grad=True)\nx = torch.tensor([[1.0, 2.0], [0.5, -1.0]])\ny = torch.tensor([1.0, 2.0])\n"
        "for step in range(5):\n    loss = ((x @ w - y)**2).mean()\n    loss.backward()\n    with torch.no_grad():\n        w -= 0.1 * w.grad\n"
        "    w.grad.zero_()\n    print(step, f'{loss.item():.6f}', w)\n"
    ),
    "updates of data": (
        "w = torch.tensor(3.0, requires_grad=True)\nfor i in range(4):\n    loss = (w - 1)**2\n    loss.backward()\n"
        "    w.data -= 0.25 * w.grad\n    w.grad = None\n    print(w.item(), w.grad)"
    ),
    "in place": (
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\nwith torch.no_grad():\n    w.add_(1.0)\n    w.mul_(2.0)\nprint(w)\n"
        "x = torch.zeros(2)\nx.fill_(3.0)\nx.copy_(torch.tensor([1.0, 4.0]))\nprint(x, x.sub_(1.0), x.zero_())\n(w * 3).sum().backward()\nprint(w.grad)"
    ),
    "where and clamp": (
        "x = torch.tensor([-2.0, 0.5, 3.0], requires_grad=True)\ny = torch.where(x > 0, x, 0.1 * x)\nz = x.clamp(min=-1.0, max=1.0)\n"
        "print(y, z)\n(y + z).sum().backward()\nprint(x.grad)"
    ),
    "gradients handed out": (
        "x = torch.tensor(2.0, requires_grad=True)\ny = torch.tensor(3.0, requires_grad=True)\nz = x**2 * y\n"
        "gx, gy = torch.autograd.grad(z, (x, y))\nprint(gx, gy, x.grad)"
    ),
    "seeded numbers": (
        "torch.manual_seed(42)\nx = torch.randn(3)\ny = torch.rand(2, 2)\nprint(x)\nprint(y)\nprint(torch.randint(0, 10, (4,)), torch.randperm(5))\n"
        "w = torch.randn(3, requires_grad=True)\n(w * x).sum().backward()\nprint(w.grad)"
    ),
    "lists and back": (
        "data = [[1.0, 2.0], [3.0, 4.0]]\nx = torch.tensor(data)\nprint(x.tolist(), x[0].tolist(), x[1, 1].item())\n"
        "for row in x:\n    print(row, row.sum().item())\nprint(len(x))\nw = torch.tensor(0.5, requires_grad=True)\n(x*w).mean().backward()\nprint(w.grad)"
    ),
    "odd sizes in print": (
        "print(torch.tensor([1e-5, 1.0]), torch.tensor([1e10, 1.0]), torch.tensor([0.1, 100.25]), torch.tensor([float('inf'), 1.5]))\n"
        "print(torch.tensor([[1, 20], [300, 4]]), torch.tensor([]), torch.tensor([[0.5, -12.25], [100.0, 3.0]]))\nprint(torch.arange(30.))\n"
        "w = torch.tensor(1.0, requires_grad=True)\n(w*2).backward()"
    ),
    "cumulative": (
        "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\nc = torch.cumsum(x, dim=0)\nprint(c)\nc.sum().backward()\nprint(x.grad)"
    ),
    "outer and dot": (
        "u = torch.tensor([1.0, 2.0], requires_grad=True)\nv = torch.tensor([3.0, 4.0, 5.0])\nprint(torch.outer(u, v))\n"
        "d = torch.dot(u, torch.tensor([0.5, 0.25]))\nprint(d)\n(d + torch.outer(u, v).sum()).backward()\nprint(u.grad)"
    ),
    "norms": (
        "x = torch.tensor([3.0, 4.0], requires_grad=True)\nn = x.norm()\nprint(n, torch.linalg.norm(x))\nn.backward()\nprint(x.grad)"
    ),
    "grad_fn": (
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x.sum()\nprint(y.grad_fn is None, x.grad_fn, y)\nz = x.mean() + x[0]\nprint(z)\n"
        "z.backward()\nprint(x.grad)"
    ),
}

NETWORKS = {
    "a line": (
        "torch.manual_seed(0)\nx = torch.linspace(-1, 1, 8).unsqueeze(1)\ny = 3*x + 0.5\nmodel = nn.Linear(1, 1)\n"
        "criterion = nn.MSELoss()\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nfor epoch in range(20):\n"
        "    y_pred = model(x)\n    loss = criterion(y_pred, y)\n    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
        "    if (epoch + 1) % 5 == 0:\n        print(f'Epoch [{epoch+1}/20], Loss: {loss.item():.4f}')\nprint(model.weight, model.bias)"
    ),
    "a cubic": (
        "import math\ntorch.manual_seed(1)\nx = torch.linspace(-math.pi, math.pi, 10)\ny = torch.sin(x)\na = torch.randn((), requires_grad=True)\n"
        "b = torch.randn((), requires_grad=True)\nc = torch.randn((), requires_grad=True)\nd = torch.randn((), requires_grad=True)\n"
        "learning_rate = 1e-4\nfor t in range(12):\n    y_pred = a + b * x + c * x ** 2 + d * x ** 3\n    loss = (y_pred - y).pow(2).sum()\n"
        "    if t % 4 == 3:\n        print(t, f'{loss.item():.4f}')\n    loss.backward()\n    with torch.no_grad():\n"
        "        a -= learning_rate * a.grad\n        b -= learning_rate * b.grad\n        c -= learning_rate * c.grad\n"
        "        d -= learning_rate * d.grad\n        a.grad = None\n        b.grad = None\n        c.grad = None\n        d.grad = None\n"
        "print(f'Result: y = {a.item():.4f} + {b.item():.4f} x + {c.item():.4f} x^2 + {d.item():.4f} x^3')"
    ),
    "a cubic by layers": (
        "torch.manual_seed(2)\nx = torch.linspace(-1, 1, 6)\ny = torch.sin(x)\np = torch.tensor([1, 2, 3])\nxx = x.unsqueeze(-1).pow(p)\n"
        "model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1))\nloss_fn = torch.nn.MSELoss(reduction='sum')\n"
        "optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-2)\nfor t in range(10):\n    y_pred = model(xx)\n    loss = loss_fn(y_pred, y)\n"
        "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\nprint(f'{loss.item():.6f}')\nlinear_layer = model[0]\n"
        "print(f'Result: y = {linear_layer.bias.item():.4f} + {linear_layer.weight[:, 0].item():.4f} x')"
    ),
    "xor": (
        "torch.manual_seed(3)\nX = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])\nY = torch.tensor([[0.], [1.], [1.], [0.]])\n"
        "model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())\nprint(model)\nloss_fn = nn.BCELoss()\n"
        "opt = optim.Adam(model.parameters(), lr=0.1)\nfor epoch in range(15):\n    opt.zero_grad()\n    loss = loss_fn(model(X), Y)\n"
        "    loss.backward()\n    opt.step()\nprint(f'{loss.item():.6f}')\nwith torch.no_grad():\n    print((model(X) > 0.5).int().flatten().tolist())"
    ),
    "xor with a class": (
        "import torch.nn.functional as F\ntorch.manual_seed(4)\n\nclass Net(nn.Module):\n    '''Two layers.'''\n\n    def __init__(self, hidden=3):\n"
        "        super(Net, self).__init__()\n        self.fc1 = nn.Linear(2, hidden)\n        self.fc2 = nn.Linear(hidden, 1)\n\n"
        "    def forward(self, x):\n        x = F.relu(self.fc1(x))\n        return self.fc2(x)\n\n"
        "net = Net()\nprint(net)\nX = torch.tensor([[0., 1.], [1., 1.]])\nY = torch.tensor([[1.], [0.]])\n"
        "criterion = nn.BCEWithLogitsLoss()\noptimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.9)\nfor epoch in range(6):\n"
        "    optimizer.zero_grad()\n    outputs = net(X)\n    loss = criterion(outputs, Y)\n    loss.backward()\n    optimizer.step()\n"
        "    print('%d, loss: %.4f' % (epoch + 1, loss.item()))\nfor name, param in net.named_parameters():\n    print(name, param.shape, param.requires_grad)"
    ),
    "a classifier": (
        "torch.manual_seed(5)\nX = torch.randn(5, 2)\ny = torch.tensor([0, 2, 1, 1, 0])\nmodel = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))\n"
        "loss_fn = nn.CrossEntropyLoss()\nopt = torch.optim.AdamW(model.parameters(), lr=0.05)\nfor i in range(5):\n    logits = model(X)\n"
        "    loss = loss_fn(logits, y)\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\n    acc = (logits.argmax(dim=1) == y).sum().item() / len(y)\n"
        "    print('step {} loss {:.4f} acc {:.2f}'.format(i, loss.item(), acc))"
    ),
    "parameters of one's own": (
        "class Poly(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Parameter(torch.tensor(0.5))\n"
        "        self.b = nn.Parameter(torch.tensor([1.0, -1.0]))\n\n    def forward(self, x):\n        return self.a * x + self.b\n\n"
        "    def string(self):\n        return f'y = {self.a.item()} x + {self.b.tolist()}'\n\n"
        "m = Poly()\nout = m(torch.tensor([2.0, 3.0]))\nout.sum().backward()\nprint(m.a.grad, m.b.grad)\nprint(m.string())\nprint(list(m.parameters()))"
    ),
    "layers in a list": (
        "torch.manual_seed(6)\n\nclass Deep(nn.Module):\n    def __init__(self, sizes):\n        super().__init__()\n"
        "        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:])])\n\n    def forward(self, x):\n"
        "        for layer in self.layers:\n            x = torch.tanh(layer(x))\n        return x\n\n"
        "net = Deep([2, 3, 1])\nprint(net)\nout = net(torch.tensor([0.5, -0.5]))\nprint(out)\nout.backward()\nprint(net.layers[0].bias.grad)"
    ),
    "one linear layer": (
        "torch.manual_seed(0)\nlayer = nn.Linear(3, 2)\nprint(layer, layer.weight.shape)\nprint(layer.weight)\nprint(layer.bias)\n"
        "x = torch.tensor([[1.0, 2.0, 3.0]])\ny = layer(x)\nprint(y)\ny.sum().backward()\nprint(layer.weight.grad)"
    ),
    "momentum and nesterov": (
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\nopt = optim.SGD([w], lr=0.01, momentum=0.9, nesterov=True, weight_decay=0.01)\n"
        "for _ in range(4):\n    opt.zero_grad()\n    (w**4).sum().backward()\n    opt.step()\nprint([f'{x:.8f}' for x in w.tolist()])"
    ),
    "rmsprop centered": (
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\nopt = optim.RMSprop([w], lr=0.01, centered=True, momentum=0.5)\n"
        "for _ in range(4):\n    opt.zero_grad()\n    (w**4).sum().backward()\n    opt.step()\nprint([f'{x:.8f}' for x in w.tolist()])"
    ),
    "adam amsgrad": (
        "w = torch.tensor([1.0, 2.0], requires_grad=True)\nopt = optim.Adam([{'params': [w]}], lr=0.05, betas=(0.8, 0.9), amsgrad=True, weight_decay=0.1)\n"
        "for _ in range(4):\n    opt.zero_grad()\n    (w**4).sum().backward()\n    opt.step()\nprint([f'{x:.8f}' for x in w.tolist()])\nprint(opt)"
    ),
    "a step schedule": (
        "w = torch.tensor(1.0, requires_grad=True)\nopt = optim.SGD([w], lr=1.0)\nsched = optim.lr_scheduler.StepLR(opt, step_size=2, gamma=0.5)\n"
        "for epoch in range(5):\n    opt.zero_grad()\n    (w * 0.01).backward()\n    opt.step()\n    sched.step()\n"
        "    print(epoch, sched.get_last_lr(), opt.param_groups[0]['lr'])"
    ),
    "other schedules": (
        "from torch.optim.lr_scheduler import ExponentialLR, CosineAnnealingLR\nw = torch.tensor(1.0, requires_grad=True)\n"
        "for make in (lambda o: ExponentialLR(o, gamma=0.9), lambda o: CosineAnnealingLR(o, T_max=4, eta_min=0.01)):\n"
        "    opt = optim.SGD([w], lr=0.1)\n    s = make(opt)\n    for k in range(6):\n        (w * 1.0).backward()\n        opt.step()\n        s.step()\n"
        "        print(f'{s.get_last_lr()[0]:.8f}')"
    ),
    "on a plateau": (
        "w = torch.tensor(1.0, requires_grad=True)\nopt = optim.SGD([w], lr=0.1)\n"
        "s = optim.lr_scheduler.ReduceLROnPlateau(opt, mode='min', factor=0.5, patience=1)\n"
        "for loss in [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8]:\n    (w * loss).backward()\n    opt.step()\n    s.step(loss)\n    print(opt.param_groups[0]['lr'])"
    ),
    "losses": (
        "p = torch.tensor([0.2, 0.7, 0.9], requires_grad=True)\nt = torch.tensor([0.0, 1.0, 1.0])\n"
        "for loss in (nn.MSELoss(), nn.L1Loss(), nn.BCELoss(), nn.SmoothL1Loss()):\n    value = loss(p, t)\n    print(loss, f'{value.item():.6f}')\n"
        "    value.backward()\nprint(p.grad)\nprint(F.mse_loss(p, t, reduction='sum'), F.l1_loss(p, t, reduction='none'))"
    ),
    "cross entropy": (
        "logits = torch.tensor([[1.0, 2.0, 0.5], [0.1, 0.2, 3.0]], requires_grad=True)\ntarget = torch.tensor([1, 2])\n"
        "loss = nn.CrossEntropyLoss()(logits, target)\nprint(f'{loss.item():.6f}')\nloss.backward()\nprint(logits.grad)\n"
        "print(F.cross_entropy(logits, torch.tensor([[0.1, 0.8, 0.1], [0.0, 0.0, 1.0]])).item() < 1)"
    ),
    "activations": (
        "x = torch.tensor([-2.0, -0.5, 0.0, 1.5], requires_grad=True)\n"
        "for layer in (nn.ReLU(), nn.LeakyReLU(0.1), nn.Tanh(), nn.Sigmoid(), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Softmax(dim=0)):\n"
        "    print(layer, layer(x))\n    layer(x)[3].backward()\nprint(x.grad)"
    ),
    "starting numbers": (
        "torch.manual_seed(7)\nlayer = nn.Linear(2, 3)\nnn.init.xavier_uniform_(layer.weight)\nnn.init.zeros_(layer.bias)\nprint(layer.weight)\n"
        "nn.init.constant_(layer.weight, 0.5)\nnn.init.uniform_(layer.bias, -1, 1)\nprint(layer.weight, layer.bias)\nlayer(torch.ones(2)).sum().backward()"
    ),
    "frozen": (
        "torch.manual_seed(8)\nnet = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))\nfor p in net[0].parameters():\n    p.requires_grad = False\n"
        "print(sum(p.numel() for p in net.parameters()), sum(p.numel() for p in net.parameters() if p.requires_grad))\n"
        "net(torch.tensor([1.0, 2.0])).backward()\nprint(net[0].weight.grad, net[2].bias.grad)"
    ),
    "clipping by hand": (
        "w = torch.tensor([3.0, 4.0], requires_grad=True)\n(w**2).sum().backward()\nwith torch.no_grad():\n    norm = w.grad.norm()\n"
        "    if norm > 1.0:\n        w.grad *= 1.0 / norm\nprint(norm, w.grad)"
    ),
    "batches": (
        "torch.manual_seed(9)\nX = torch.arange(8.).reshape(8, 1) / 8\nY = 2*X - 1\nw = torch.zeros(1, 1, requires_grad=True)\nb = torch.zeros(1, requires_grad=True)\n"
        "bs = 4\nfor epoch in range(2):\n    for i in range(0, len(X), bs):\n        xb, yb = X[i:i+bs], Y[i:i+bs]\n        loss = F.mse_loss(xb @ w + b, yb)\n"
        "        loss.backward()\n        with torch.no_grad():\n            w -= 0.5 * w.grad\n            b -= 0.5 * b.grad\n            w.grad.zero_()\n            b.grad.zero_()\n"
        "        print(epoch, i, f'{loss.item():.5f}')"
    ),
    "train and eval": (
        "net = nn.Sequential(nn.Identity())\nprint(net.training)\nnet.eval()\nprint(net.training)\nnet.train()\nprint(net.training)\n"
        "w = torch.tensor(2.0, requires_grad=True)\nnet(w * 3).backward()\nprint(w.grad)"
    ),
}

PLAIN = {
    "numpy by hand": (
        "import numpy as np\nx = np.array([1.0, 2.0, 3.0])\nw = np.array([0.5, -0.5, 1.0])\nz = np.dot(w, x)\na = 1 / (1 + np.exp(-z))\n"
        "dz = a * (1 - a)\ndw = dz * x\nprint(f'{a:.6f}', dw)\nprint(x * w, x.sum(), x.mean(), x.shape, w.T @ x)"
    ),
    "numpy descent": (
        "import numpy as np\nnp.random.seed(0)\nX = np.random.randn(4, 2)\ny = np.array([1.0, 0.0, 1.0, 0.0])\nw = np.zeros(2)\n"
        "for i in range(5):\n    pred = 1 / (1 + np.exp(-(X @ w)))\n    grad = X.T @ (pred - y) / len(y)\n    w -= 0.5 * grad\nprint(np.round(w, 4))\nprint(X)"
    ),
    "numpy arrays": (
        "import numpy as np\na = np.arange(6).reshape(2, 3)\nprint(a, a.T, a[1], a[:, 0], a.sum(axis=0), a.max())\nprint(np.zeros((2, 2)), np.linspace(0, 1, 3))\n"
        "print(np.array([0.1, 22.5, -3.0]), np.array([[1.5, 2.25], [3.0, 4.0]]))\nprint(np.where(np.array([1.0, -1.0]) > 0, 1.0, 0.0), np.std(np.array([1.0, 2.0, 4.0])))"
    ),
    "numpy random": (
        "import numpy as np\nnp.random.seed(42)\nprint(np.random.rand(3))\nprint(np.random.randn(2, 2))\nprint(np.random.randint(0, 10, 5), np.random.uniform(-1, 1, 2))\n"
        "print(np.random.normal(0, 0.1, size=3), np.random.permutation(5))"
    ),
    "recursion": "def fact(n):\n    return 1 if n <= 1 else n * fact(n - 1)\n\ndef fib(n):\n    if n < 2:\n        return n\n    return fib(n-1) + fib(n-2)\n\nprint(fact(10), [fib(k) for k in range(10)])",
    "closures": "def adder(n):\n    def add(x):\n        return x + n\n    return add\n\nadd2 = adder(2)\nprint(add2(3), adder(10)(1))\nfs = [lambda x, k=k: x * k for k in range(3)]\nprint([f(5) for f in fs])",
    "arguments": "def f(a, b=2, *rest, c=3, **more):\n    return (a, b, rest, c, more)\n\nprint(f(1), f(1, 5), f(1, 2, 3, 4, c=9), f(b=1, a=0, d=7))\nargs = [1, 2]\nprint(f(*args), f(**{'a': 1, 'c': 4}))",
    "lists": "xs = [3, 1, 2]\nxs.append(5)\nxs.extend([9, 7])\nxs.insert(0, -1)\nprint(xs, xs.pop(), xs.pop(0), sorted(xs), sorted(xs, reverse=True), xs.index(5), xs.count(1))\nxs.sort()\nxs.reverse()\nprint(xs, xs[1:3], xs[::-1], xs[-1], len(xs), 5 in xs, sum(xs), max(xs), min(xs))\ndel_me = xs[:]\ndel_me[0] = 100\nprint(xs[0], del_me, xs + [0], [0] * 3)",
    "dictionaries": "d = {'a': 1, 'b': 2}\nd['c'] = 3\nfor k, v in d.items():\n    print(k, v)\nprint(d, list(d), d.get('x', 0), 'a' in d, len(d), sorted(d.values()), {k: v * v for k, v in d.items()})\nprint(dict(zip('xy', (1, 2))), d.pop('a'), d)",
    "texts": "s = 'gradient'\nprint(s.upper(), s[0], s[-3:], len(s), 'grad' in s, '-'.join(['a', 'b']), 'a b c'.split(), s.replace('grad', 'ambi'))\nprint('{:.2f} and {}'.format(3.14159, 'x'), '%5.1f|%d|%s' % (2.25, 7, 'y'), 'x'.center(5, '*'), ' pad '.strip())\nprint('=' * 10, s.startswith('g'), f'{s:>10}|{s:<10}|{s!r}')",
    "comprehensions": "print([x*y for x in range(3) for y in range(3) if x != y], {x: x**2 for x in range(3)}, sum(x for x in range(5) if x % 2), [[i*j for j in range(3)] for i in range(2)], list(map(lambda x: x + 1, [1, 2])), list(filter(None, [0, 1, 2])))",
    "unpacking": "a, (b, c), *rest = 1, (2, 3), 4, 5\nfirst, *_, last = [1, 2, 3, 4]\nprint(a, b, c, rest, first, last)\nx, y = 1, 2\nx, y = y, x\nprint(x, y, [*rest, *[6]], (*rest,))",
    "builtins": "print(any([0, 1]), all([]), abs(-3), round(2.567, 1), int('12'), float('1.5'), str(3), bool([]), list(range(3)), tuple([1, 2]), list(reversed([1, 2])), list(enumerate('ab')), max([1, 5, 3], key=lambda v: -v), min('b', 'a'), sum([[1], [2]], []))",
    "conditions": "for n in range(-1, 3):\n    kind = 'negative' if n < 0 else 'zero' if n == 0 else 'positive'\n    if n < 0 or n > 1:\n        print(n, kind, 'edge')\n    elif not n:\n        print(n, kind)\n    else:\n        print(n, kind, 0 < n <= 1, n is None, n is not None)\nassert kind == 'positive', 'never'",
    "while and break": "n, steps = 27, 0\nwhile n != 1:\n    n = n // 2 if n % 2 == 0 else 3 * n + 1\n    steps += 1\n    if steps > 1000:\n        break\nelse:\n    print('reached', steps)",
    "newton": "def f(x):\n    return x**2 - 2\n\ndef df(x):\n    return 2*x\n\nx = 1.0\nfor i in range(5):\n    x = x - f(x) / df(x)\n    print(i, round(x, 10))",
    "main": "import math\n\ndef sigmoid(x):\n    return 1 / (1 + math.exp(-x))\n\ndef main():\n    for x in (-1, 0, 1):\n        print(f'{sigmoid(x):.4f}')\n\nif __name__ == '__main__':\n    main()",
    "a loss over points": "points = [(1.0, 2.0), (2.0, 3.9), (3.0, 6.1)]\nw, b = 0.0, 0.0\nlr = 0.05\nfor epoch in range(3):\n    dw = db = 0.0\n    for x, y in points:\n        error = w*x + b - y\n        dw += 2 * error * x / len(points)\n        db += 2 * error / len(points)\n    w -= lr * dw\n    b -= lr * db\n    print(epoch, round(w, 6), round(b, 6))",
}

SNIPPETS = {f"{style}: {name}": source for style, group in (
    ("micrograd", MICROGRAD), ("autograd", AUTOGRAD), ("networks", NETWORKS), ("plain", PLAIN)
) for name, source in group.items()}
