"""Compare the shipped catalog with the plugins that it names: `make catalog-check DIR=…`.

    copies.py         what copies of plugins, and of Dify, declare of their tools
    declarations.py   an entry beside what its tool declares
    running.py        an entry over what its tool does, whatever its service answers
    tool.py           a child process of its own: the code of one tool, with its network scripted

DIR holds copies of plugins: checkouts, unpacked packages, or git directories without a work tree (their HEAD is read,
and their tools are not run), at any depth. Tools that are part of Dify are looked for in a copy of Dify. Libraries that
plugins need are found through PYTHONPATH. What is not in DIR is reported and no mismatch.
"""
