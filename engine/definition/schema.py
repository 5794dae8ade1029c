"""The workflow file as written: its keys, types and words. The published JSON Schema comes from here.

What depends on several keys (does this step exist, may a gate have a timeout) is `lint`'s business.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from engine.core.names import NAME, is_name
from engine.core.states import Consequence, Effects, OnFailure, StepKind, Verdict
from engine.definition.units import DURATION, seconds

SAID: Final = "said"
"""The type of our own pydantic errors: their message is a sentence for the author, to be shown as it is."""


def _duration(value: Any) -> float:
    try:
        return seconds(value)
    except TypeError:
        problem = "a duration is a text with a unit, such as 30s or 10m"
    except ValueError as error:
        problem = str(error)
    raise PydanticCustomError(SAID, "{problem}", {"problem": problem})


def _positive(value: float) -> float:
    if value > 0:
        return value
    raise PydanticCustomError(SAID, "a duration here is longer than nothing")


def _name(value: str) -> str:
    if is_name(value):
        return value
    raise PydanticCustomError(
        SAID,
        "a name has 1 to 64 characters: lower-case letters, digits, `.`, `_`, `-`; first a letter or digit",
    )


Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}$"})
]
Pause = Annotated[
    float,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION.pattern}$", "examples": ["500ms", "30s"]}),
]
Duration = Annotated[Pause, AfterValidator(_positive)]
Text = Annotated[str, StringConstraints(min_length=1)]
OfWord = Field(strict=False)
"""Lets a word of the vocabulary be given as its text."""


class Entry(BaseModel):
    """Base of all parts of the file: strict types, no unknown key, no empty value."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value is None:
            raise PydanticCustomError(SAID, "it is empty: give it a value or remove the key")
        return value


class FieldEntry(Entry):
    """A declared value: an input, a key of the shared state, an output or a part of a gate's form."""

    type: Literal["string", "number", "integer", "boolean", "path", "list", "object"] = Field(
        description="What the value is. A path is a text that is made absolute."
    )
    required: bool | None = Field(
        default=None,
        description="Whether the value must be given. Outputs are required unless this is false.",
    )
    default: Any = Field(default=None, description="The value when none is given.")
    enum: list[Any] | None = Field(
        default=None, min_length=1, description="The only values that are allowed."
    )
    minimum: float | None = Field(default=None, description="Smallest number allowed.")
    maximum: float | None = Field(default=None, description="Largest number allowed.")
    pattern: Text | None = Field(
        default=None,
        max_length=256,
        description="Regular expression for the whole text, which then has at most 256 characters.",
    )
    min_length: int | None = Field(default=None, ge=0, description="Fewest characters, items or keys.")
    max_length: int | None = Field(default=None, ge=0, description="Most characters, items or keys.")
    description: str = Field(default="", description="What the value means, for people.")
    items: FieldEntry | None = Field(default=None, description="What every item of a list is.")


class RetryEntry(Entry):
    """How often a failed attempt is followed by another."""

    attempts: int = Field(ge=1, le=100, description="How many attempts at most, the first included.")
    backoff: Pause = Field(
        default=1.0, description="The wait before the second attempt.", json_schema_extra={"default": "1s"}
    )
    factor: float = Field(
        default=2.0, ge=1, le=100, description="Each further wait is so many times the one before."
    )
    cap: Pause = Field(default=300.0, description="The longest wait.", json_schema_extra={"default": "5m"})
    jitter: float = Field(default=0.1, ge=0, le=1, description="The share of a wait that is left to chance.")
    non_retryable_exit_codes: list[int] = Field(
        default=[], description="Exit codes after which another attempt makes no sense."
    )


class DefaultsEntry(Entry):
    """What holds for every step that does not say otherwise."""

    on_failure: Annotated[OnFailure, OfWord] | None = Field(default=None, description="See the step's key.")
    timeout: Duration | None = Field(default=None, description="See the step's key.")


class AgentEntry(Entry):
    """A role that steps can be given to."""

    use: Literal["scripted"] = Field(description="Which adapter runs the agent.")
    script: Text = Field(description="The agent's script: a file in the folder of the workflow file.")
    tools: dict[Name, Literal["allow", "ask", "deny"]] = Field(
        default={}, description="The tools of the agent, and what happens when it calls one."
    )


class CandidatesEntry(Entry):
    """Who may decide a gate. Nobody named: any approver."""

    users: list[Text] = Field(default=[], description="Names of people.")
    roles: list[Text] = Field(default=[], description="Roles; everybody who has one of them.")


class GateEntry(Entry):
    """A question to people, at which the run waits."""

    title: Text = Field(max_length=500, description="The question. May hold references.")
    consequence: Annotated[Consequence, OfWord] = Field(
        default=Consequence.MEDIUM, description="What is at stake: low, medium or high."
    )
    show: list[Text] = Field(
        default=[],
        description="What is to be judged: artifact:STEP/NAME, state.KEY, steps.ID.output.KEY, inputs.NAME.",
    )
    candidates: CandidatesEntry = Field(default=CandidatesEntry(), description="Who may decide.")
    quorum: int = Field(default=1, ge=1, le=100, description="How many people have to approve.")
    four_eyes: bool = Field(
        default=False, description="Whether the person who started the run is kept from deciding."
    )
    allowed: list[Annotated[Verdict, OfWord]] = Field(
        default=[Verdict.APPROVE, Verdict.REJECT], min_length=1, description="The decisions on offer."
    )
    form: dict[Name, FieldEntry] = Field(default={}, description="Values that whoever approves fills in.")
    deadline: Duration | None = Field(
        default=None, description="How long the gate waits before `on_deadline`."
    )
    on_deadline: Literal["hold", "reject", "fail", "approve_default"] = Field(
        default="hold", description="What happens at the deadline."
    )


class StepEntry(Entry):
    """One step: exactly one of run, script, python, agent, gate says what it does."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind.value]} for kind in StepKind]})

    id: Name = Field(description="The step's name, unique in the file.")
    run: list[str] | None = Field(
        default=None, min_length=1, description="A program and its arguments, each an element. Never a shell."
    )
    script: Text | None = Field(
        default=None,
        description="Literal text for /bin/sh. Values arrive as environment, never by substitution.",
    )
    python: Text | None = Field(default=None, description="A callable, as package.module:name.")
    agent: Name | None = Field(default=None, description="The name of the agent that does the step.")
    gate: GateEntry | None = Field(default=None, description="A question to people, at which the run waits.")
    needs: list[Name] = Field(
        default=[], description="The steps that have to end well before this one starts."
    )
    when: Text | None = Field(default=None, description="A condition; the step is skipped when it is false.")
    if_skipped: Literal["run", "skip"] | None = Field(
        default=None,
        description="What to do when a step it needs was skipped. Without it: run if any of them ran.",
    )
    with_: dict[str, Any] | None = Field(
        default=None,
        alias="with",
        description="Keyword arguments of a python callable. Texts may hold references.",
    )
    prompt: Text | None = Field(default=None, description="What the agent is asked. May hold references.")
    env: dict[str, str] = Field(default={}, description="Environment variables. Values may hold references.")
    workdir: Text | None = Field(
        default=None,
        description="The working folder; a folder of the step's own without it. May hold references.",
    )
    artifacts: list[Text] = Field(default=[], description="Files in the working folder to keep.")
    reads: list[Name] = Field(
        default=[], description="Keys of the shared state that OPSGATE_INPUT shall hold."
    )
    writes: list[Name] = Field(default=[], description="Keys of the shared state that the step may set.")
    output: dict[Name, FieldEntry] | None = Field(
        default=None, description="What the step's output holds; another output is a failure."
    )
    retry: RetryEntry | None = Field(default=None, description="How often a failed attempt is tried again.")
    on_failure: Annotated[OnFailure, OfWord] | None = Field(
        default=None, description="What a failure means once the retries are used up: halt or proceed."
    )
    timeout: Duration | None = Field(default=None, description="How long an attempt may take.")
    effects: Annotated[Effects, OfWord] = Field(
        default=Effects.AT_MOST_ONCE, description="What running the step again could repeat."
    )


class WorkflowFile(Entry):
    """An opsgate workflow: steps, their order, and where a person decides."""

    workflow: Name = Field(description="The workflow's name.")
    description: str = Field(default="", max_length=2000, description="What the workflow is for, for people.")
    inputs: dict[Name, FieldEntry] = Field(
        default={}, description="What a run is given; checked before it is accepted."
    )
    state: dict[Name, FieldEntry] = Field(default={}, description="The run's one shared record.")
    queue: Name = Field(default="default", description="The queue that runs wait in.")
    concurrency: int | None = Field(
        default=None, ge=1, le=10_000, description="How many steps of one run may be in flight at a time."
    )
    defaults: DefaultsEntry = Field(
        default=DefaultsEntry(), description="What holds for every step that does not say otherwise."
    )
    agents: dict[Name, AgentEntry] = Field(default={}, description="The roles that steps can be given to.")
    steps: list[StepEntry] = Field(min_length=1, description="The steps. Their order follows from `needs`.")


class _Published(GenerateJsonSchema):
    """Leaves out what only the program knows: an absent key is None inside, a duration a number."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        is_duration = isinstance(default, float) and inner.get("type") == "string"
        if default is None or is_duration or isinstance(default, BaseModel):
            return inner
        return super().default_schema(schema)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(model: type[BaseModel] = WorkflowFile) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, for editors."""
    schema = model.model_json_schema(schema_generator=_Published)
    return {"$schema": _Published.schema_dialect, **schema}
