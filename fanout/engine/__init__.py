"""The engine: attempts, retries, time limits, strategies and settling; one anyio task per call, and `core`.

It knows neither the SDK nor gevent, so it also runs under trio, where a mock clock makes minutes of waiting testable
in milliseconds. What it needs from outside stands in `ports`.

    call ─▶ row ─▶ branch ─▶ tries ─▶ attempt ─▶ inbox      from the whole to the part; each tells the one before it
    context                                                  what all of these share in one call: slots, pacing,
                                                             connections, evaluator, resources, shared_calls
    scheduler                                                what their coroutines run on; they await its events only
    connections                                              over all calls of the process: room for what is nested in
                                                             workflow tools
"""
