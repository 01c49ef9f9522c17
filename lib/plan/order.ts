import type { IConstruct } from "constructs";
import { compare, type Finding, type Problem } from "../core/findings";
import { findingAt } from "./collect";
import type { Collected, DraftGroup, DraftObject } from "./draft";
import { groupKindOf } from "./kinds";

/** A vertex of the graph: an object, or the point in time when all objects of a group exist. */
interface Vertex {
  readonly object: DraftObject | undefined;
  readonly path: string;
  before: number;
  level: number;
  /** The number of Jobs on the path to it that has most. */
  stage: number;
  readonly after: Vertex[];
}

/** Objects of a construct, by cluster. */
type Placed = ReadonlyMap<number, readonly DraftObject[]>;

/**
 * Adds to each object what it depends on because constructs do: `a.node.addDependency(b)` means that every object below `a` waits for
 * every object below `b` in the same cluster (in all clusters, where `b` is not in that one).
 *
 * A construct that others wait for is one vertex, so that edges grow with the number of objects, not with their square.
 */
export function addConstructDependencies(collected: Collected, placed: Placed): void {
  const groups = new Map<string, DraftGroup>();
  for (const dependent of collected.dependents) {
    const source = dependent.construct;
    for (const target of source.node.dependencies) {
      if (target.node.root !== source.node.root) {
        collected.findings.push(findingAt(dependent, otherEnvironment(target), source));
        continue;
      }
      if (contains(source, target) || contains(target, source)) {
        connectNested(source, target, collected, placed);
        continue;
      }
      for (const object of objectsBelow(source, collected, placed)) {
        const group = groupOf(target, object.cluster.name, groups, collected, placed);
        if (group.members.length === 1) object.dependsOn.push(...group.members);
        else if (group.members.length > 1) object.dependsOnGroups.push(group);
      }
    }
  }
}

function otherEnvironment(target: IConstruct): Problem {
  return {
    rule: "dependencies/other-environment",
    message: `waits for ${target.node.path}, which was made in another call of the function that run() was given`,
    fix: "make both in the same call: every environment has constructs of its own",
  };
}

function* objectsBelow(construct: IConstruct, collected: Collected, placed: Placed): Generator<DraftObject> {
  const [start, end] = collected.ranges.get(construct) ?? [0, 0];
  for (let i = start; i < end; i++) yield* placed.get(i) ?? [];
}

function groupOf(
  target: IConstruct,
  cluster: string,
  groups: Map<string, DraftGroup>,
  collected: Collected,
  placed: Placed,
): DraftGroup {
  const key = `${cluster} ${target.node.path}`;
  const known = groups.get(key);
  if (known) return known;
  const all = [...objectsBelow(target, collected, placed)];
  const here = all.filter((object) => object.cluster.name === cluster);
  const group = { path: target.node.path, members: here.length > 0 ? here : all };
  groups.set(key, group);
  return group;
}

/** One is inside of the other: the objects that are in one of them only are what is meant. */
function connectNested(source: IConstruct, target: IConstruct, collected: Collected, placed: Placed): void {
  if (source === target) return;
  const sources = new Set(objectsBelow(source, collected, placed));
  const targets = new Set(objectsBelow(target, collected, placed));
  for (const object of sources) {
    if (targets.has(object) && contains(source, target)) continue;
    for (const other of targets) {
      if (sources.has(other) && contains(target, source)) continue;
      if (other.cluster.name === object.cluster.name && other !== object) object.dependsOn.push(other);
    }
  }
}

function contains(outer: IConstruct, inner: IConstruct): boolean {
  for (let c: IConstruct | undefined = inner; c; c = c.node.scope) if (c === outer) return true;
  return false;
}

/**
 * Sorts objects so that each comes after what it depends on; among those that could come at the same time, by identity. Says of each how
 * many Jobs come before. Linear in objects and edges, but for the sort.
 */
export function order(objects: readonly DraftObject[]): {
  readonly ordered: DraftObject[];
  readonly findings: Finding[];
} {
  const vertices = new Map<DraftObject | DraftGroup, Vertex>();
  for (const object of objects)
    vertices.set(object, { object, path: object.construct.node.path, before: 0, level: 0, stage: 0, after: [] });
  for (const object of objects) {
    const to = vertices.get(object);
    if (!to) continue;
    for (const target of object.dependsOn) connect(vertices.get(target), to);
    for (const group of object.dependsOnGroups) connect(groupVertex(group, vertices), to);
  }
  const ready = [...vertices.values()].filter(({ before }) => before === 0);
  let done = 0;
  for (let vertex = ready.pop(); vertex; vertex = ready.pop()) {
    done++;
    const isJob = vertex.object !== undefined && groupKindOf(vertex.object.json) === "batch/Job";
    for (const next of vertex.after) {
      next.level = Math.max(next.level, vertex.level + 1);
      next.stage = Math.max(next.stage, vertex.stage + (isJob ? 1 : 0));
      if (--next.before === 0) ready.push(next);
    }
  }
  for (const { object, stage } of vertices.values()) if (object) object.stage = stage;
  const findings =
    done === vertices.size ? [] : [cycleFinding([...vertices.values()].filter(({ before }) => before > 0))];
  const ordered = objects
    .map((object) => ({ object, level: vertices.get(object)?.level ?? 0 }))
    .sort((a, b) => a.level - b.level || compare(a.object.id, b.object.id))
    .map(({ object }) => object);
  return { ordered, findings };
}

function connect(from: Vertex | undefined, to: Vertex): void {
  if (!from) return;
  from.after.push(to);
  to.before++;
}

function groupVertex(group: DraftGroup, vertices: Map<DraftObject | DraftGroup, Vertex>): Vertex {
  const known = vertices.get(group);
  if (known) return known;
  const vertex: Vertex = { object: undefined, path: group.path, before: 0, level: 0, stage: 0, after: [] };
  vertices.set(group, vertex);
  for (const member of group.members) connect(vertices.get(member), vertex);
  return vertex;
}

/** Follows dependencies among what is left until one repeats; of several, the first by path, so that the report is always the same. */
function cycleFinding(left: readonly Vertex[]): Finding {
  const stuck = new Set(left);
  const needs = new Map<Vertex, Vertex>();
  for (const vertex of left) {
    for (const next of vertex.after) {
      const known = needs.get(next);
      if (stuck.has(next) && (!known || compare(vertex.path, known.path) < 0)) needs.set(next, vertex);
    }
  }
  const seen = new Set<Vertex>();
  let vertex = [...left].sort((a, b) => compare(a.path, b.path))[0];
  for (; vertex && !seen.has(vertex); vertex = needs.get(vertex)) seen.add(vertex);
  const walked = [...seen];
  const around = [...new Set(walked.slice(vertex ? walked.indexOf(vertex) : 0).map(({ path }) => path))];
  const start = around.indexOf([...around].sort()[0] ?? "");
  const paths = [...around.slice(start), ...around.slice(0, start)];
  const path = paths[0] ?? "";
  return {
    rule: "dependencies/cycle",
    severity: "error",
    path,
    message: `depends on itself: ${[...paths, path].join(" → ")}`,
    fix: "remove one of the dependencies",
    owner: "platform",
  };
}
