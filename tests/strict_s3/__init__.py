"""An S3 store that judges as the real one does, in a process of its own, and that fails on order.

It checks what other test servers let pass: the digest of every body, retention that may not come earlier, locked
versions, deletion per version. `POST /_orders` sets what goes wrong: see `server.Orders`.
"""
