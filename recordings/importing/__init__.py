"""Reading calls that come as files: folders and their names, manifests, side files, a vendor's list of its calls.

Nothing here asks the database or stores anything; `recordings.services.imports` does.
"""
