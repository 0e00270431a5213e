"""The only contact with the SDK and with gevent, which it brings along.

plugin declarations             the front door: our channels in place of the SDK's, tools declared quickly
local remote reader lines       a channel: its lines, cut and read; answers go to the router, requests to the SDK
gateway duplex http requests    a call's way out: requests as lines of the channel, or by HTTP
router loop_queue               the way in: answers to the call that waits for them, in the event loop
outbox portal                   from the loop to the tool's own greenlet; the loop itself, and work beside it
messages parameters             wire ⇄ core values
"""
