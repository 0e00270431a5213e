import gc

gc.disable()  # this is started a hundred times in a run of the tests, and a tenth of a start would be looks for garbage

from dify_plugin import DifyPluginEnv, Plugin  # noqa: E402

if __name__ == "__main__":
    Plugin(DifyPluginEnv()).run()
