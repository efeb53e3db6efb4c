"""Bridge between mac.optimize/1 and LLM4AD-style tasks: one program text, judged by the task's own evaluator.

A task is a Python package or file below a root. It has `build_problem(**eval_kwargs)`, which needs nothing, or
`build_trace_problem(**eval_kwargs)`, which needs OpenTrace. Both return a mapping with `param` (a text, or an object
with `data`), `guide`, `train_dataset`, `optimizer_kwargs` and `metadata`. Standard library only.
"""

import argparse
import importlib.util
import json
import math
import multiprocessing
import os
import resource
import sys
import traceback

PROTOCOL = "mac.optimize/1"
FAILURE = -1000000.0
SECONDS = 20.0
# Of one evaluation. Numeric libraries reserve much that they never use.
MEMORY_BYTES = 8 * 1024**3
REQUIRED = ("param", "guide", "train_dataset", "optimizer_kwargs", "metadata")


class Unavailable(Exception):
    pass


def load(root, module):
    path = os.path.join(root, *module.split("/"))
    for candidate in (os.path.join(path, "__init__.py"), path, path + ".py"):
        if os.path.isfile(candidate):
            break
    else:
        raise Unavailable("there is no Python module %s in %s" % (module, root))
    sys.path[:0] = [root, os.path.dirname(candidate)]
    name = "llm4ad_task"
    spec = importlib.util.spec_from_file_location(name, candidate, submodule_search_locations=[os.path.dirname(candidate)])
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    try:
        spec.loader.exec_module(loaded)
    except ImportError as error:
        raise Unavailable("needs the Python package %s: %s" % (error.name or "?", error))
    return loaded


class Task:
    def __init__(self, root, module):
        self.root, self.module = root, module
        self.problem = None
        self.seconds = SECONDS

    def build(self, params):
        loaded = load(self.root, self.module)
        builder = getattr(loaded, "build_problem", None) or getattr(loaded, "build_trace_problem", None)
        if builder is None:
            raise ValueError("%s has neither build_problem nor build_trace_problem" % self.module)
        kwargs = dict(params["eval_kwargs"])
        kwargs.pop("objective_config", None)
        self.seconds = float(kwargs.pop("timeout_seconds", SECONDS))
        try:
            problem = builder(**kwargs)
        except ImportError as error:
            raise Unavailable("needs the Python package %s: %s" % (error.name or "?", error))
        missing = [key for key in REQUIRED if key not in problem]
        if missing:
            raise ValueError("the task lacks " + ", ".join(missing))
        self.problem = problem
        answer = {
            "parameters": [{"name": "code", "kind": "code", "value": read_param(problem["param"])}],
            "optimizer_kwargs": plain(problem["optimizer_kwargs"]),
            "metadata": plain(problem["metadata"]),
        }
        for key in ("train_dataset", "validate_dataset", "validation_dataset", "test_dataset"):
            if problem.get(key):
                sizes = len(problem[key]["inputs"])
                # Examples stay here: they may be what JSON cannot hold. Their numbers name them.
                answer[key] = {"inputs": [readable(each) for each in problem[key]["inputs"]], "infos": [None] * sizes}
        answer["optimizer_kwargs"].setdefault("objective", "Write a program that scores higher.")
        return answer

    def evaluate(self, params):
        names = {"train": ("train_dataset",), "test": ("test_dataset",), "validation": ("validate_dataset", "validation_dataset")}
        data = next(self.problem[name] for name in names[params["set"]] if self.problem.get(name))
        at = params["index"]
        query, info = data["inputs"][at], data["infos"][at]
        code = params["values"]["code"]
        outcome = run_limited(self.problem["guide"], (query, code, info), self.seconds)
        if "problem" in outcome:
            return {"score": FAILURE, "feedback": json.dumps({"error": outcome["problem"]}), "response": code}
        score = outcome["score"]
        if not math.isfinite(score):
            return {"score": FAILURE, "feedback": json.dumps({"error": "the score is not finite"}), "response": code}
        return {"score": score, "feedback": outcome["feedback"], "response": code}


def read_param(param):
    if isinstance(param, str):
        return param
    data = getattr(param, "data", None)
    if isinstance(data, str):
        return data
    raise Unavailable("its parameter is no program text, which this bridge needs")


def plain(mapping):
    return {key: value for key, value in mapping.items() if is_json(value)}


def is_json(value):
    try:
        json.dumps(value)
        return True
    except (TypeError, ValueError):
        return False


def readable(value):
    return value if is_json(value) else repr(value)[:2000]


def judge(pipe, guide, arguments):
    try:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        score, feedback = guide(*arguments)[:2]
        pipe.send({"score": float(score), "feedback": str(feedback)})
    except BaseException as error:
        pipe.send({"problem": "".join(traceback.format_exception_only(type(error), error)).strip()})
    finally:
        pipe.close()
        os._exit(0)


def run_limited(guide, arguments, seconds):
    """Runs an evaluator in a child: the program under test may never end, or end the interpreter."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=judge, args=(theirs, guide, arguments), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return {"problem": "no result within %g s" % seconds}
        return ours.recv()
    except EOFError:
        return {"problem": "the evaluator ended without a result"}
    finally:
        child.kill()
        child.join()
        ours.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--module", required=True)
    arguments = parser.parse_args()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    task = Task(arguments.root, arguments.module)
    handlers = {
        "hello": lambda params: {"name": "llm4ad", "protocol": PROTOCOL},
        "build": task.build,
        "evaluate": task.evaluate,
    }
    for line in sys.stdin:
        message = json.loads(line)
        if message["method"] == "close":
            return
        answer = {"protocol": PROTOCOL, "id": message["id"]}
        try:
            answer["result"] = handlers[message["method"]](message["params"])
        except Unavailable as error:
            answer["error"] = {"code": "unavailable", "message": str(error)}
        except Exception as error:
            traceback.print_exc()
            answer["error"] = {"code": "error", "message": "%s: %s" % (type(error).__name__, error)}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
