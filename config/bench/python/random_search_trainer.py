"""An example trainer: random steps in all trainable numbers, kept where they are better. It owns its loop."""

import random

import mac_optimize


def hello(peer, params):
    return {"name": "random-search", "protocol": mac_optimize.PROTOCOL}


def list_all(peer, params):
    return {"trainers": [{"id": "random_search", "summary": "random steps", "parameters": ["rounds", "width"]}]}


def train(peer, params):
    generator = random.Random(params["seed"])
    rounds = params["kwargs"].get("rounds", 50)
    width = params["kwargs"].get("width", 1.0)
    numbers = [each["name"] for each in params["parameters"] if each["kind"] == "number" and each["trainable"]]
    best = {each["name"]: each["value"] for each in params["parameters"]}
    score = peer.ask("evaluate", values=best)["mean"]
    for step in range(1, rounds + 1):
        candidate = dict(best)
        for name in numbers:
            candidate[name] += generator.gauss(0, width)
        mean = peer.ask("evaluate", values=candidate)["mean"]
        if mean > score:
            best, score = candidate, mean
            peer.ask("accept", values=best, score=score, step=step)
        else:
            width *= 0.97
        peer.ask("report", step=step, score=score)
    return {"values": best}


if __name__ == "__main__":
    mac_optimize.serve({"hello": hello, "list": list_all, "train": train})
