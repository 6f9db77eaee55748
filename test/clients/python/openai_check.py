"""Asks a gateway with the official Python client and prints what it got, a JSON object a line."""

import json
import sys

from openai import APIStatusError, OpenAI

client = OpenAI(base_url=sys.argv[1] + "/v1", api_key="a-clients-key", max_retries=0)
hello = [{"role": "user", "content": "Hello there!"}]
tool = {
    "type": "function",
    "function": {"name": "weather_now", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}},
}


def say(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


say("chat", client.chat.completions.create(model="echo", messages=hello).choices[0].message.content)
parts = []
with client.chat.completions.stream(model="echo", messages=hello) as stream:
    for event in stream:
        if event.type == "content.delta":
            parts.append(event.delta)
say("chat stream", "".join(parts))
called = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "weather_now"}], tools=[tool])
say("tool", json.loads(called.choices[0].message.tool_calls[0].function.arguments)["city"] != "")
say("responses", client.responses.create(model="echo", input="Hello there!").output_text)
with client.responses.stream(model="echo", input="Hello there!") as stream:
    for event in stream:
        pass
    say("responses stream", stream.get_final_response().output_text)
for model in ["echo/429", "echo/500", "echo/context"]:
    try:
        client.chat.completions.create(model=model, messages=hello)
        say(model, "no error")
    except APIStatusError as error:
        say(model, error.status_code)
for model in ["echo/cut", "echo/error"]:
    try:
        for chunk in client.chat.completions.create(model=model, messages=hello, stream=True):
            pass
        say(model, "no error")
    except Exception as error:
        say(model, type(error).__name__)
say("models", "echo" in [model.id for model in client.models.list()])
