"""Turns a run into what others read: JSON (`document`), a picture (`picture`, `layout`, `svg`), DOT (`dot`)."""
