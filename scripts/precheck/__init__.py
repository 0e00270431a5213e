"""`make precheck`: the acceptance rules of the Dify Marketplace, as far as they can be checked without its servers.

    package.py       what the rules read: the unpacked package; and what they find
    contents.py secrets.py manifest.py declarations.py readme.py dependencies.py code.py submission.py starting.py
                     the rules, by what they look at
    rules.py         all of them in one table, with their numbers and what each one does to a submission
    __main__.py      builds the package, applies the rules, prints the table, writes the text of the submission

A finding says what was found and what to do. The numbers are those by which reviewers of the Marketplace go.
"""
