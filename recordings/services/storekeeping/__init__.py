"""Looking after the bytes in the store: whose each is, whether it is still what was stored, who may read it how long.

`owners` says whose an object is; `incidents` writes down what was found changed; `fixity` looks through everything by
night; `orphans` compares the store with the rows, both ways; `locks` keeps the store's own locks in step; `rotation`
wraps every key anew; `health` puts it all into figures.
"""
