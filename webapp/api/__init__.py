"""The HTTP API under /api/v1, for the command line and other programs.

    views        the operations, one function each; what they read and answer stands in their signatures
    operations   reads requests and writes answers by those signatures
    schemas      what is read and answered, as pydantic models
    answers      from what the services give to the schemas
    document     the OpenAPI 3.1 document, made from all of it; /api shows it to people
    waiting      the long poll: how many requests may wait for a verdict, and how they look for it

Problems are answered in `application/problem+json` by the application's own handlers (webapp/problems.py).
"""
