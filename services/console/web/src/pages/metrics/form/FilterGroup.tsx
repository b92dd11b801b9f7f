/** A group of conditions: how they are taken together, each of them, and groups within it. */

import { Alert, Button, NativeSelect, Group as Row, Stack } from "@mantine/core";
import { useRef } from "react";
import {
  EMPTY_LEAF,
  type Group,
  isNegation,
  JOINS,
  type Join,
  NO_FILTER,
  type Node,
  type NodePath,
  withNode,
} from "../../../lib/metrics/conditions";
import { JOIN_WORDS } from "../../../lib/metrics/filterWords";
import { FilterLeaf } from "./FilterLeaf";
import type { Suggestions } from "./useSuggestions";

/** What is wrong with a node, by the places that lead to it: `0.1`; empty for the whole. */
export type Marks = ReadonlyMap<string, string>;

interface FilterGroupProps {
  readonly node: Group;
  readonly path: NodePath;
  readonly marks: Marks;
  readonly suggestions: Suggestions;
  readonly onChange: (node: Group) => void;
  /** Take the group out; absent for the outermost. */
  readonly onRemove?: () => void;
}

/** The API takes no more levels than this. */
const DEEPEST = 5;

export function FilterGroup({ node, path, marks, suggestions, onChange, onRemove }: FilterGroupProps) {
  const add = useRef<HTMLButtonElement>(null);
  const added = useRef(-1);
  const isOutermost = onRemove === undefined;
  const append = (part: Node) => {
    added.current = node.parts.length;
    onChange({ ...node, parts: [...node.parts, part] });
  };
  const mark = marks.get(path.join("."));
  const isNegated = node.parts.length > 0 && isNegation(node.join);
  return (
    <Stack
      component="fieldset"
      className={isOutermost ? "plain" : "filter-group"}
      gap="xs"
      aria-label={isOutermost ? "All conditions" : `Group ${numberOf(path)}`}
    >
      {(node.parts.length > 1 || isNegated || !isOutermost) && (
        <Row gap="xs" align="flex-end">
          <NativeSelect
            size="sm"
            aria-label="How the conditions are taken together"
            data={JOINS.map((join) => ({ value: join, label: JOIN_WORDS[join] }))}
            value={node.join}
            onChange={(event) => onChange({ ...node, join: event.currentTarget.value as Join })}
          />
          {!isOutermost && (
            <Button size="compact-sm" variant="default" onClick={onRemove}>
              Remove group
            </Button>
          )}
        </Row>
      )}
      {mark !== undefined && (
        <Alert color="red" role="alert" p="xs">
          {mark}
        </Alert>
      )}
      {node.parts.map((part, at) => {
        const own = [...path, at];
        const remove = () => {
          onChange(withNode(node, [at], undefined));
          add.current?.focus();
        };
        return part.kind === "leaf" ? (
          <FilterLeaf
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is known by its place alone
            key={at}
            leaf={part}
            name={`Condition ${numberOf(own)}`}
            mark={marks.get(own.join("."))}
            suggestions={suggestions}
            isNew={added.current === at}
            onChange={(leaf) => onChange(withNode(node, [at], leaf))}
            onRemove={remove}
          />
        ) : (
          <FilterGroup
            // biome-ignore lint/suspicious/noArrayIndexKey: a group is known by its place alone
            key={at}
            node={part}
            path={own}
            marks={marks}
            suggestions={suggestions}
            onChange={(group) => onChange(withNode(node, [at], group))}
            onRemove={remove}
          />
        );
      })}
      <Row gap="xs">
        <Button ref={add} size="compact-sm" variant="default" onClick={() => append(EMPTY_LEAF)}>
          Add condition
        </Button>
        {path.length < DEEPEST && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => append({ ...NO_FILTER, join: "any", parts: [EMPTY_LEAF] })}
          >
            Add group
          </Button>
        )}
      </Row>
    </Stack>
  );
}

function numberOf(path: NodePath): string {
  return path.map((at) => at + 1).join(".");
}
