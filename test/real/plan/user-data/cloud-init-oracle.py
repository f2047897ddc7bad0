"""Lets cloud-init's own modules process user-data, and records what they would do to the machine.

Reads one JSON text per line, and answers each with one JSON object:
  type    how cloud-init reads the text
  errors  modules that stopped, with the reason
  warned  what cloud-init logged as a warning
  schema  places that its schema does not accept
  calls   commands that it would run, with their standard input; keys and files that it would write
"""

import copy
import json
import logging
import os
import sys

sys.path.insert(0, os.environ["STYLUS_TEST_CLOUD_INIT"])

from cloudinit import distros, handlers, helpers, ssh_util, subp, templater, util
from cloudinit.config import cc_runcmd, cc_set_passwords, cc_users_groups, cc_write_files, schema

calls = []
warned = []


class Recorder(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            warned.append(record.getMessage())


logging.getLogger().addHandler(Recorder())
log = logging.getLogger("cloudinit")


def record(kind):
    return lambda *args, **kwargs: calls.append([kind, *map(show, args)])


def show(value):
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, (set, tuple)):
        return sorted(value)
    return value if isinstance(value, (str, int, float, list, type(None))) else str(value)


# Nothing of this machine is read or changed.
subp.subp = lambda args, data=None, **_: calls.append(["run", list(map(show, args)), show(data)])
subp.which = lambda program: program
util.is_user = lambda name: False
util.is_group = lambda name: True
util.write_file = record("file")
util.append_file = record("file")
util.chownbyname = lambda *args: None
util.multi_log = lambda *args, **kwargs: None
ssh_util.setup_user_keys = record("keys")
cc_set_passwords.handle_ssh_pwauth = lambda *args: None
distros.Distro.ensure_sudo_dir = lambda *args, **kwargs: None

schemas = schema.get_schema()


class Cloud:
    def __init__(self):
        default_user = {"name": "debian", "lock_passwd": True, "groups": ["adm"], "shell": "/bin/bash"}
        config = {"default_user": default_user}
        self.distro = distros.fetch("debian")("debian", config, helpers.Paths({}))

    def get_public_ssh_keys(self):
        return []

    def get_ipath(self, name):
        return "/var/lib/cloud/" + name


def process(text):
    calls.clear()
    warned.clear()
    kind = handlers.type_from_starts_with(text)
    if kind == "text/jinja2":
        text = templater.render_string(text, {"v1": {"local_hostname": "h"}, "ds": {"meta_data": {"id": "7"}}})
        kind = "rendered " + str(handlers.type_from_starts_with(text))
    config = util.load_yaml(text) or {}
    errors = {}
    for module in (cc_users_groups, cc_set_passwords, cc_runcmd, cc_write_files):
        try:
            module.handle(module.__name__, copy.deepcopy(config), Cloud(), log, [])
        except Exception as error:
            errors[module.__name__.split(".")[-1]] = f"{type(error).__name__}: {error}"
    try:
        util.shellify(config.get("bootcmd", []))
    except Exception as error:
        errors["cc_bootcmd"] = f"{type(error).__name__}: {error}"
    try:
        schema.validate_cloudconfig_schema(config, schemas, strict=True)
        invalid = []
    except schema.SchemaValidationError as error:
        invalid = [problem.path for problem in error.schema_errors]
    return {"type": kind, "errors": errors, "warned": warned, "schema": invalid, "calls": calls}


for line in sys.stdin:
    print(json.dumps(process(json.loads(line))), flush=True)
