c = get_config()  # noqa
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = 8888
c.IdentityProvider.token = "ahoi"
c.ServerApp.root_dir = "/home/jovyan/work"
