"""What the XBRL formats share. ``names`` holds namespaces, QNames, context and unit ids and the one place
that knows "midnight after"; ``dts`` turns a Taxonomy into schemas, linkbases and a taxonomy package.

Everything is text: built with f-strings, every value escaped, every name checked. No XML library is needed.
"""
