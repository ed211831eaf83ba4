"""Measuring what became of a publication: figures kept, replies judged, compared with what is usual, and advised upon.

A package of its own beside the use cases of deciding: nothing in here changes a draft or lets anything out. It reads
what `publishing` collected and what people typed in, and other rooms read it.
"""
