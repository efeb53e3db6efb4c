/**
 * The program that calls a model-written function: reads one JSON object from standard input, writes one to descriptor
 * 3. What the function prints goes nowhere. Limits are set before its text is compiled.
 */
export const PYTHON_RUNNER = `
import json, os, resource, sys, time, traceback
call = json.loads(sys.stdin.read())
def limit(what, value):
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (value, value))
limit(resource.RLIMIT_AS, call["memory_mb"] * 1024 * 1024)
limit(resource.RLIMIT_CPU, call["cpu_seconds"] + 1)
limit(resource.RLIMIT_CORE, 0)
limit(resource.RLIMIT_FSIZE, 16 * 1024 * 1024)
answer = os.fdopen(os.dup(3), "w")
os.close(3)
try:
    space = {"__name__": "candidate"}
    exec(compile(call["code"], "<candidate>", "exec"), space)
    function = space.get(call["entry"])
    if not callable(function):
        raise NameError("the program defines no function " + call["entry"])
    start = time.process_time()
    value = function(*call["args"])
    used = time.process_time() - start
    result = {"ok": True, "value": value, "cpu_seconds": used}
    text = json.dumps(result)
except BaseException as error:
    lines = traceback.format_exception_only(type(error), error)
    text = json.dumps({"ok": False, "problem": "".join(lines).strip()[:2000]})
answer.write(text)
answer.flush()
os._exit(0)
`;
