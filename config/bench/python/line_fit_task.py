"""An example task: the slope and the intercept of a line through three points, with a choice of loss."""

import mac_optimize

POINTS = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]


def hello(peer, params):
    return {"name": "line-fit", "protocol": mac_optimize.PROTOCOL}


def list_all(peer, params):
    return {"tasks": [{"id": "line_fit", "summary": "slope and intercept of a line"}]}


def build(peer, params):
    if params["task"] != "line_fit":
        raise mac_optimize.Unavailable("there is no task " + params["task"])
    inputs = [x for x, _ in POINTS]
    infos = [y for _, y in POINTS]
    return {
        "parameters": [
            {"name": "slope", "kind": "number", "value": 0.0, "step": 1.0},
            {"name": "intercept", "kind": "number", "value": 0.0, "step": 1.0},
            {"name": "loss", "kind": "choice", "value": "absolute", "choices": ["absolute", "squared"], "trainable": False},
        ],
        "train_dataset": {"inputs": inputs, "infos": infos},
        "optimizer_kwargs": {"objective": "Find the line that goes through all points.", "memory_size": 5},
        "metadata": {"benchmark": "external", "entry": "line_fit"},
    }


def evaluate(peer, params):
    values = params["values"]
    response = values["slope"] * params["input"] + values["intercept"]
    distance = abs(response - params["info"])
    loss = distance if values["loss"] == "absolute" else distance**2
    print("scored", values)  # goes to the job's log, not into the protocol
    return {"score": -loss, "feedback": "%.4g away from the point" % distance, "response": response}


if __name__ == "__main__":
    mac_optimize.serve({"hello": hello, "list": list_all, "build": build, "evaluate": evaluate})
