"""`make precheck`: what has to be true of a package before it is submitted, as far as this machine can tell.

    package.py    what is checked: the archive, unpacked (its size is checked as it is built)
    contents.py   what does not belong in it; the README
    secrets.py    nothing that looks like a credential
    manifest.py   what a publisher fills in
    starting.py   a clean installation, and a start in both of the ways in which Dify starts it

A check yields a line for each fault, which says what to do.
"""
