"""Adapters: function formats, LangChain, MCP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from mini import Incoming, MiniServer
from test_agent import forever, numbers, weather

from agentsocket import ActionInfo, Agent, CallError, connect
from agentsocket.adapters.forms import question_form
from agentsocket.adapters.functions import Toolbox, tool_name
from agentsocket.asking import Question

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ACTIONS: list[dict[str, Any]] = [
    {"name": "weather.current", "description": "Weather of a city", "input": SCHEMA, "hints": {"readOnly": True}},
    {"name": "numbers", "input": {"type": "object", "properties": {"n": {"type": "integer"}}}, "result": "items"},
    {"name": "forever", "input": {"type": "object", "properties": {}}},
]


async def find(call: Incoming) -> None:
    await call.data({"actions": [{"name": one["name"]} for one in ACTIONS], "total": len(ACTIONS)}, end=True)


async def describe(call: Incoming) -> None:
    wanted = [one for one in ACTIONS if one["name"] in call.arguments["names"]]
    await call.data({"actions": wanted, "unknown": []}, end=True)


@contextlib.asynccontextmanager
async def agent_and_server() -> AsyncIterator[tuple[Agent, MiniServer]]:
    async with MiniServer() as mini:
        mini.actions |= {
            "as.find": find,
            "as.describe": describe,
            "weather.current": weather,
            "numbers": numbers,
            "forever": forever,
        }
        async with connect(mini.uri) as agent:
            yield agent, mini


async def test_function_formats_and_the_way_back() -> None:
    async with agent_and_server() as (agent, _):
        toolbox = await Toolbox.of(agent)
        openai = {tool["function"]["name"]: tool for tool in toolbox.openai()}
        assert openai["weather_current"] == {
            "type": "function",
            "function": {"name": "weather_current", "description": "Weather of a city", "parameters": SCHEMA},
        }
        anthropic = {tool["name"]: tool for tool in toolbox.anthropic()}
        assert anthropic["weather_current"]["input_schema"] == SCHEMA
        assert await toolbox.run("weather_current", '{"city": "Ulm"}') == {"city": "Ulm", "temp": 21.5}
        assert await toolbox.run("numbers", {"n": 3}) == [0, 1, 2]
        for name, arguments in (("none", None), ("numbers", "{"), ("numbers", "[1]")):
            with pytest.raises(CallError):
                await toolbox.run(name, arguments)


async def test_names_of_tools_are_different() -> None:
    async with agent_and_server() as (agent, _):
        names = ["a.b", "a/b", "a_b", "x" * 100, "x" * 99 + "y"]
        toolbox = Toolbox(agent, [ActionInfo(name) for name in names])
        assert sorted(action.name for action in toolbox.actions.values()) == sorted(names)
        assert all(len(name) <= 64 and tool_name(name) == name for name in toolbox.actions)


async def test_langchain() -> None:
    langchain = pytest.importorskip("agentsocket.adapters.langchain")
    async with agent_and_server() as (agent, _):
        tools = {tool.name: tool for tool in await langchain.tools(agent, "weather.current", "numbers")}
        assert tools["weather_current"].args == SCHEMA["properties"]
        assert await tools["weather_current"].ainvoke({"city": "Ulm"}) == {"city": "Ulm", "temp": 21.5}
        assert await tools["numbers"].ainvoke({"n": 2}) == [0, 1]


async def test_mcp() -> None:
    pytest.importorskip("mcp")
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    async with agent_and_server() as (agent, mini), Client(serve(agent, "weather tools")) as client:
        assert client.server_info.name == "weather tools"
        listed = await client.list_tools()
        tools = {tool.name: tool for tool in listed.tools}
        assert tools["weather_current"].annotations.read_only_hint is True  # type: ignore[union-attr]
        called = await client.call_tool("weather_current", {"city": "Ulm"})
        assert called.structured_content == {"city": "Ulm", "temp": 21.5} and not called.is_error
        assert (await client.call_tool("none", {})).is_error
        task = asyncio.create_task(client.call_tool("forever", {}))
        while "forever" not in mini.invoked:
            await agent.invoke("weather.current", city="Ulm")
        task.cancel()
        await mini.heard.wait()
        assert [mode for _, mode in mini.interrupts] == [0]


SHAPE = {
    "type": "object",
    "properties": {"from": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["days"],
}
NESTED = {"type": "array", "items": {"type": "integer"}}


def asking(name: str, arguments: dict[str, Any]) -> Any:
    async def action(call: Incoming) -> None:
        await call.data(await call.call(name, arguments), end=True)

    return action


@pytest.mark.parametrize(
    ("given", "form"), [(["days", 5], ["days"]), ("days", []), (None, []), ({"days": True}, []), ([], [])]
)
def test_forms_require_the_texts_of_a_list(given: Any, form: list[str]) -> None:
    question = Question("Trip?", {**SHAPE, "required": given}, None)
    assert question_form(question).schema == {**SHAPE, "required": form}


@pytest.mark.parametrize(
    ("arguments", "content", "value"),
    [
        ({"prompt": "Where?"}, {"value": "Ulm"}, "Ulm"),
        ({"prompt": "Trip?", "schema": SHAPE}, {"days": 3}, {"days": 3}),
        ({"prompt": "Which?", "schema": NESTED}, {"value": "[1, 2]"}, [1, 2]),
        ({"prompt": "Which?", "schema": NESTED}, {"value": "none"}, "none"),
    ],
)
async def test_mcp_questions_are_elicitations(arguments: dict[str, Any], content: Any, value: Any) -> None:
    pytest.importorskip("mcp")
    import mcp_types as types
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    seen: list[Any] = []

    async def elicited(context: Any, params: Any) -> Any:
        seen.append(params)
        return types.ElicitResult(action="accept", content=content)

    async with agent_and_server() as (agent, mini):
        mini.actions["forever"] = asking("as.ask", arguments)
        async with Client(serve(agent), mode="legacy", elicitation_callback=elicited) as client:
            called = await client.call_tool("forever", {})
        assert called.structured_content == {"outcome": "answer", "value": value}
        assert seen[0].message == arguments["prompt"]
        assert all(one["type"] in ("string", "integer") for one in seen[0].requested_schema["properties"].values())


@pytest.mark.parametrize(
    ("action", "content", "outcome"),
    [
        ("accept", {"approve": True}, "approve"),
        ("accept", {"approve": False}, "decline"),
        ("decline", None, "decline"),
        ("cancel", None, "cancel"),
    ],
)
async def test_mcp_approvals_are_elicitations(action: Any, content: Any, outcome: str) -> None:
    pytest.importorskip("mcp")
    import mcp_types as types
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    async def elicited(context: Any, params: Any) -> Any:
        assert "files.delete" in params.message and "a.txt" in params.message
        return types.ElicitResult(action=action, content=content)

    request = {"action": "files.delete", "arguments": {"path": "a.txt"}, "prompt": "Delete it?"}
    async with agent_and_server() as (agent, mini):
        mini.actions["forever"] = asking("as.approve", request)
        async with Client(serve(agent), mode="legacy", elicitation_callback=elicited) as client:
            called = await client.call_tool("forever", {})
        assert called.structured_content == {"outcome": outcome}


async def test_mcp_hosts_that_cannot_ask_decline() -> None:
    pytest.importorskip("mcp")
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    async with agent_and_server() as (agent, mini):
        mini.actions["forever"] = asking("as.ask", {"prompt": "Where?"})
        for mode in ("legacy", "auto"):
            async with Client(serve(agent), mode=mode) as client:
                called = await client.call_tool("forever", {})
            assert called.structured_content is not None and called.structured_content["outcome"] == "decline"


async def test_a_call_may_answer_its_own_questions() -> None:
    async with agent_and_server() as (agent, mini):
        agent.on_ask(lambda question: "everybody's")
        agent.on_approve(lambda request: False)
        mini.actions["forever"] = asking("as.ask", {"prompt": "Where?"})
        own = agent.options(on_ask=lambda question: f"mine: {question.prompt}", on_approve=lambda request: True)
        answers = await asyncio.gather(agent.invoke("forever"), own.invoke("forever"))
        assert [answer["value"] for answer in answers] == ["everybody's", "mine: Where?"]
        mini.actions["forever"] = asking("as.approve", {"action": "a", "arguments": {}, "prompt": "Run it?"})
        outcomes = await asyncio.gather(agent.invoke("forever"), own.invoke("forever"))
        assert [answer["outcome"] for answer in outcomes] == ["decline", "approve"]


async def test_mcp_questions_go_to_the_host_whose_call_asks() -> None:
    pytest.importorskip("mcp")
    import mcp_types as types
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    seen: list[tuple[str, str]] = []

    def host(name: str) -> Any:
        async def elicited(context: Any, params: Any) -> Any:
            seen.append((name, params.message))
            return types.ElicitResult(action="accept", content={"value": name})

        return elicited

    async with agent_and_server() as (agent, mini):
        mini.actions["forever"] = asking("as.ask", {"prompt": "Where?"})
        mini.actions["numbers"] = forever
        async with (
            Client(serve(agent), mode="legacy", elicitation_callback=host("first")) as first,
            Client(serve(agent), mode="legacy", elicitation_callback=host("second")) as second,
        ):
            later = asyncio.create_task(second.call_tool("numbers", {}))
            while "numbers" not in mini.invoked:
                await agent.invoke("weather.current", city="Ulm")
            called = await first.call_tool("forever", {})
            assert called.structured_content == {"outcome": "answer", "value": "first"}
            assert seen == [("first", "Where?")]
            later.cancel()
            await asyncio.gather(later, return_exceptions=True)
            assert (await agent.invoke("forever"))["outcome"] == "decline"  # a call of no host


async def test_mcp_questions_go_to_the_application_once_it_answers() -> None:
    pytest.importorskip("mcp")
    import mcp_types as types
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    async def elicited(context: Any, params: Any) -> Any:
        return types.ElicitResult(action="accept", content={"value": "host", "approve": False})

    async with agent_and_server() as (agent, mini):
        mini.actions["forever"] = asking("as.ask", {"prompt": "Where?"})
        mini.actions["weather.current"] = asking("as.approve", {"action": "a", "arguments": {}, "prompt": "Run it?"})
        async with Client(serve(agent), mode="legacy", elicitation_callback=elicited) as client:

            async def outcomes() -> list[Any]:
                called = [await client.call_tool(name, {}) for name in ("forever", "weather_current")]
                return [one.structured_content for one in called]

            assert await outcomes() == [{"outcome": "answer", "value": "host"}, {"outcome": "decline"}]
            agent.on_ask(lambda question: "application")
            assert await outcomes() == [{"outcome": "answer", "value": "application"}, {"outcome": "decline"}]
            agent.on_approve(lambda request: True)
            assert await outcomes() == [{"outcome": "answer", "value": "application"}, {"outcome": "approve"}]


async def test_members_of_wrong_types_cost_no_other_tool() -> None:
    pytest.importorskip("mcp")
    from mcp import Client

    from agentsocket.adapters.mcp import serve

    properties = {"any": True, "none": False, "odd": 5, "one": {"type": "string"}}
    odd_input = {"properties": properties, "required": ["one", 5]}
    strange = [
        {"name": "odd", "title": 5, "hints": {"readOnly": {}, "idempotent": True}, "input": odd_input},
        {"name": "odder", "hints": 7, "input": {"type": "array", "properties": [], "required": "one"}},
        {"name": "not a name"},
        {"name": 5},
        {"name": "weather.current", "input": SCHEMA},
    ]

    async def found(call: Incoming) -> None:
        await call.data({"actions": strange, "unknown": [], "total": "x"}, end=True)

    async with agent_and_server() as (agent, mini):
        mini.actions |= {"as.find": found, "as.describe": found}
        toolbox = await Toolbox.of(agent)
        assert list(toolbox.actions) == ["odd", "odder", "weather_current"]
        shapes = [tool["input_schema"] for tool in toolbox.anthropic()]
        readable = {"any": {}, "none": {"not": {}}, "odd": {}, "one": {"type": "string"}}
        odd = {"type": "object", "properties": readable, "required": ["one"]}
        assert shapes == [odd, {"type": "object", "properties": {}}, SCHEMA]
        async with Client(serve(agent)) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == list(toolbox.actions)
            hints = tools[0].annotations
            assert hints is not None and hints.read_only_hint is None and hints.idempotent_hint is True


async def test_arguments_that_cannot_be_sent_are_an_error_of_the_tool() -> None:
    async with agent_and_server() as (agent, _):
        toolbox = await Toolbox.of(agent)
        with pytest.raises(CallError):
            await toolbox.run("weather_current", '{"city": NaN}')
        with pytest.raises(CallError):
            await toolbox.run("weather_current", '{"city": "\\ud800"}')
