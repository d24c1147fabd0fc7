def run():
    import statistics
    return str(statistics.mean([1, 2, 6]))
