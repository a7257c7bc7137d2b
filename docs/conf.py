"""The site of the documentation: ``make docs``, or ``sphinx-build -W -c docs . FOLDER``.

Its source is the whole clone, so that pages link to files as they do where the clone is read.
"""

from pathlib import Path

from sphinx.addnodes import pending_xref

import beyond_blur

project = "beyond_blur"
version = beyond_blur.__version__
copyright = "the authors of beyond_blur, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md"),
    *("docs/*.md", "benchmarks/results/*.md"),
]
html_theme = "furo"
html_title = "beyond_blur"
myst_heading_anchors = 3
autodoc_typehints = "none"  # the docstrings have them
napoleon_google_docstring = False


def setup(app):
    """Links to folders of the clone are words on the site, which has no listing of them."""

    def without_folders(app, tree):
        page = Path(tree["source"])
        for link in list(tree.findall(pending_xref)):
            if (page.parent / link["reftarget"]).is_dir():
                link.replace_self(link.children)

    app.connect("doctree-read", without_folders)
