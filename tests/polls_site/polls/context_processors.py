def permalink(request):
    """The page's address without its query, for canonical links and sharing."""
    return {"permalink": request.build_absolute_uri(request.path)}
