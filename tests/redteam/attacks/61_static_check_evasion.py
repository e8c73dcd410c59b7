"""Does what a list of forbidden words forbids, without one of the words."""

import base64
import codecs

if VARIANT == 0:
    (wrap,) = [each for each in object.__subclasses__() if each.__name__ == "_wrap_close"]
    reach = wrap.__init__.__globals__
    reach["ex" + "ecv"]("/bin/true", ["true"])
elif VARIANT == 1:
    code = base64.b64decode(b"aW1wb3J0IHN1YnByb2Nlc3M7IHN1YnByb2Nlc3MucnVuKFsidHJ1ZSJdKQ==")
    attempt("a program ran", exec, code)
elif VARIANT == 2:
    attempt("a program ran", lambda: eval(codecs.decode("__vzcbeg__('bf').fcnjayc('gehr', ['gehr'], {})", "rot13")))
elif VARIANT == 3:

    @print
    class Shown:
        __class_getitem__ = os.system

    result = os.system("true")
    if result == 0:
        got("a program ran")
