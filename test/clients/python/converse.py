"""The official Python clients, told what to do by a wish a line on the input; each is answered by a line of what was told."""

import base64
import json
import sys


def run_tool(name, given):
    if name == "weather":
        return "sunny in " + given["city"]
    if name == "clock":
        return "noon"
    return "booked " + str(given["seats"]) + " seats"


def model_of(wish, turn):
    return wish["models"][min(turn, len(wish["models"]) - 1)]


def image_url(image):
    return image if image.startswith("http") else "data:image/png;base64," + image


def parsed(text):
    return json.loads(text) if text.strip() else {}


def openai_at(url):
    from openai import OpenAI

    return OpenAI(base_url=url + "/v1", api_key="a-clients-key", max_retries=0)


def chat(wish):
    client = openai_at(wish["url"])
    content = wish["prompt"]
    files = []
    if "image" in wish:
        files.append({"type": "image_url", "image_url": {"url": image_url(wish["image"])}})
    if "document" in wish:
        files.append({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64," + wish["document"]}})
    if files:
        content = [{"type": "text", "text": content}, *files]
    messages = [{"role": "system", "content": wish["system"]}] if "system" in wish else []
    messages.append({"role": "user", "content": content})
    answers = []
    while True:
        asked = {"model": model_of(wish, len(answers)), "messages": messages}
        if wish.get("tools"):
            asked["tools"] = [{"type": "function", "function": offer} for offer in wish["offers"]]
        if wish.get("thinks"):
            asked["reasoning_effort"] = "medium"
        if "schema" in wish:
            asked["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": wish["schema"]}}
        if wish["streamed"]:
            with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as stream:
                answer = stream.get_final_completion()
        else:
            answer = client.chat.completions.create(**asked)
        message = answer.choices[0].message
        calls = message.tool_calls or []
        answers.append(
            {
                "text": message.content or "",
                "thought": getattr(message, "reasoning_content", None) or "",
                "calls": [{"name": call.function.name, "input": parsed(call.function.arguments)} for call in calls],
                "usage": answer.usage and {"input": answer.usage.prompt_tokens, "output": answer.usage.completion_tokens},
            }
        )
        if not calls or not wish.get("tools"):
            return answers
        messages.append(message)
        for call in calls:
            result = run_tool(call.function.name, parsed(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def responses(wish):
    client = openai_at(wish["url"])
    content = wish["prompt"]
    files = []
    if "image" in wish:
        files.append({"type": "input_image", "image_url": image_url(wish["image"]), "detail": "auto"})
    if "document" in wish:
        files.append({"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64," + wish["document"]})
    if files:
        content = [{"type": "input_text", "text": content}, *files]
    said = [{"role": "user", "content": content}]
    answers = []
    while True:
        asked = {"model": model_of(wish, len(answers)), "input": said, "store": False}
        if "system" in wish:
            asked["instructions"] = wish["system"]
        if wish.get("tools"):
            asked["tools"] = [{"type": "function", "strict": True, **offer} for offer in wish["offers"]]
        if wish.get("thinks"):
            asked["reasoning"] = {"effort": "medium", "summary": "auto"}
            asked["include"] = ["reasoning.encrypted_content"]
        if "schema" in wish:
            asked["text"] = {"format": {"type": "json_schema", "name": "answer", "strict": True, "schema": wish["schema"]}}
        if wish["streamed"]:
            with client.responses.stream(**asked) as stream:
                answer = stream.get_final_response()
        else:
            answer = client.responses.create(**asked)
        if answer.status == "failed":
            raise RuntimeError(answer.error.message)
        calls = [item for item in answer.output if item.type == "function_call"]
        thoughts = [part.text for item in answer.output if item.type == "reasoning" for part in (item.content or item.summary)]
        answers.append(
            {
                "text": answer.output_text,
                "thought": "".join(thoughts),
                "calls": [{"name": call.name, "input": parsed(call.arguments)} for call in calls],
                "usage": answer.usage and {"input": answer.usage.input_tokens, "output": answer.usage.output_tokens},
            }
        )
        if not calls or not wish.get("tools"):
            return answers
        said += answer.output
        for call in calls:
            said.append({"type": "function_call_output", "call_id": call.call_id, "output": run_tool(call.name, parsed(call.arguments))})


def anthropic_at(url):
    from anthropic import Anthropic

    return Anthropic(base_url=url, api_key="a-clients-key", max_retries=0)


def messages(wish):
    client = anthropic_at(wish["url"])
    content = wish["prompt"]
    files = []
    if "image" in wish:
        image = wish["image"]
        source = {"type": "url", "url": image} if image.startswith("http") else {"type": "base64", "media_type": "image/png", "data": image}
        files.append({"type": "image", "source": source})
    if "document" in wish:
        files.append({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": wish["document"]}})
    if files:
        content = [*files, {"type": "text", "text": content}]
    said = [{"role": "user", "content": content}]
    answers = []
    while True:
        asked = {"model": model_of(wish, len(answers)), "max_tokens": 4000, "messages": said}
        if "system" in wish:
            asked["system"] = wish["system"]
        if wish.get("tools"):
            asked["tools"] = [
                {"name": offer["name"], "description": offer["description"], "input_schema": offer["parameters"]} for offer in wish["offers"]
            ]
        if wish.get("thinks"):
            asked["thinking"] = {"type": "enabled", "budget_tokens": 2000}
        if "schema" in wish:
            asked["output_config"] = {"format": {"type": "json_schema", "schema": wish["schema"]}}
        if wish["streamed"]:
            with client.messages.stream(**asked) as stream:
                answer = stream.get_final_message()
        else:
            answer = client.messages.create(**asked)
        calls = [block for block in answer.content if block.type == "tool_use"]
        answers.append(
            {
                "text": "".join(block.text for block in answer.content if block.type == "text"),
                "thought": "".join(block.thinking for block in answer.content if block.type == "thinking"),
                "calls": [{"name": call.name, "input": call.input} for call in calls],
                "usage": {"input": answer.usage.input_tokens, "output": answer.usage.output_tokens},
            }
        )
        if not calls or not wish.get("tools"):
            return answers
        said.append({"role": "assistant", "content": answer.content})
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": run_tool(call.name, call.input)} for call in calls]
        said.append({"role": "user", "content": results})


def google_at(url):
    from google import genai

    return genai.Client(api_key="a-clients-key", vertexai=False, http_options={"base_url": url})


def generate(wish):
    from google.genai import types

    client = google_at(wish["url"])
    parts = []
    if "image" in wish:
        image = wish["image"]
        if image.startswith("http"):
            parts.append(types.Part.from_uri(file_uri=image, mime_type="image/png"))
        else:
            parts.append(types.Part.from_bytes(data=base64.b64decode(image), mime_type="image/png"))
    if "document" in wish:
        parts.append(types.Part.from_bytes(data=base64.b64decode(wish["document"]), mime_type="application/pdf"))
    parts.append(types.Part.from_text(text=wish["prompt"]))
    contents = [types.Content(role="user", parts=parts)]
    config = {}
    if "system" in wish:
        config["system_instruction"] = wish["system"]
    if wish.get("tools"):
        offers = [
            {"name": offer["name"], "description": offer["description"], "parameters_json_schema": offer["parameters"]} for offer in wish["offers"]
        ]
        config["tools"] = [{"function_declarations": offers}]
        config["automatic_function_calling"] = {"disable": True}
    if wish.get("thinks"):
        config["thinking_config"] = {"include_thoughts": True, "thinking_level": "LOW"}
    if "schema" in wish:
        config["response_mime_type"] = "application/json"
        config["response_json_schema"] = wish["schema"]
    answers = []
    while True:
        asked = {"model": model_of(wish, len(answers)), "contents": contents, "config": config}
        if wish["streamed"]:
            pieces = list(client.models.generate_content_stream(**asked))
        else:
            pieces = [client.models.generate_content(**asked)]
        said = [part for piece in pieces for part in ((piece.candidates and piece.candidates[0].content and piece.candidates[0].content.parts) or [])]
        calls = [part.function_call for part in said if part.function_call]
        usage = pieces[-1].usage_metadata if pieces else None
        answers.append(
            {
                "text": "".join(part.text or "" for part in said if not part.thought),
                "thought": "".join(part.text or "" for part in said if part.thought),
                "calls": [{"name": call.name, "input": call.args or {}} for call in calls],
                "usage": usage and {"input": usage.prompt_token_count, "output": usage.candidates_token_count},
            }
        )
        if not calls or not wish.get("tools"):
            return answers
        contents.append(types.Content(role="model", parts=said))
        results = [
            types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": run_tool(call.name, call.args or {})}))
            for call in calls
        ]
        contents.append(types.Content(role="user", parts=results))


def models_of(kind, url):
    # The client is closed as soon as nobody holds it.
    client = {"generate": google_at, "messages": anthropic_at}.get(kind, openai_at)(url)
    if kind == "generate":
        return [model.name.replace("models/", "") for model in client.models.list(config={"query_base": True})]
    return [model.id for model in client.models.list()]


def count(kind, url, model, prompt):
    if kind == "generate":
        client = google_at(url)
        return client.models.count_tokens(model=model, contents=prompt).total_tokens
    return anthropic_at(url).messages.count_tokens(model=model, messages=[{"role": "user", "content": prompt}]).input_tokens


def done(order):
    kind = order["kind"]
    if order["do"] == "models":
        return models_of(kind, order["url"])
    if order["do"] == "count":
        return count(kind, order["url"], order["model"], order["prompt"])
    return {"chat": chat, "responses": responses, "messages": messages, "generate": generate}[kind](order["wish"])


for line in sys.stdin:
    try:
        print(json.dumps({"told": done(json.loads(line))}), flush=True)
    except Exception as error:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        print(json.dumps({"error": type(error).__name__ + ": " + str(error), "status": status if isinstance(status, int) else None}), flush=True)
