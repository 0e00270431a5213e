"""`make docs`: write what is generated.

pages.py       which parts of which pages are written, and the whole of which files
reference.py   tables of keys and functions, from the models and registries of the code; the page of the tools
catalog.py     tables of the catalog, from its entries
examples.py    apps for Dify, from examples/apps.yaml and examples/plans
"""
