"""Plants code for the next submission: start-up files, compiled files, modules with famous names."""

import site

if (hasattr(np, "rt_poison") and not hasattr(sys, "rt_here")) or "rt_poison" in sys.modules:
    got("the plant of an earlier attempt has grown")
if not hasattr(sys, "rt_here"):
    sys.rt_here = np.rt_poison = True
CODE = "raise SystemExit('RT-' + 'ESCAPE')  # rt-marker"
for place in (*sys.path, site.getusersitepackages(), *PLACES):
    for name in ("sitecustomize.py", "usercustomize.py", "rt-marker.pth", "__pycache__/os.cpython-311.pyc", "json.py"):
        attempt(f"planted {place}/{name}", lambda: open(f"{place or '.'}/{name}", "w").write(CODE))
