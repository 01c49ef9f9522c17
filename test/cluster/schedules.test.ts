// What the API server takes for a schedule and for a time zone, our findings take too, and nothing else.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkCron } from "../../lib/core/cron.ts";
import { checkTimeZone, timeZones } from "../../lib/core/time-zones.ts";
import { expressions } from "../core/cron-expressions.ts";
import { withControlPlane } from "./suite.ts";

const controlPlane = withControlPlane();

/** What the API server says about a CronJob that it does not keep: undefined when it takes it. */
async function refusalOf(schedule: string, timeZone?: string): Promise<string | undefined> {
  const template = {
    spec: { restartPolicy: "Never", containers: [{ name: "it", image: "registry.acme.example/it:1" }] },
  };
  const { status, body } = await controlPlane().request<{ message?: string }>(
    "POST",
    "/apis/batch/v1/namespaces/default/cronjobs?dryRun=All&fieldValidation=Strict",
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "it" },
      spec: { schedule, ...(timeZone === undefined ? {} : { timeZone }), jobTemplate: { spec: { template } } },
    },
  );
  return status === 201 ? undefined : (body.message ?? String(status));
}

/** Judges each item by both; the items about which they differ. */
async function differences(
  items: readonly string[],
  ask: (item: string) => Promise<string | undefined>,
  check: (item: string) => boolean,
): Promise<{ readonly differ: readonly string[]; readonly taken: number }> {
  const left = [...new Set(items)];
  const differ: string[] = [];
  let taken = 0;
  const work = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      const refusal = await ask(item);
      if (refusal === undefined) taken++;
      const isTaken = check(item);
      if (isTaken !== (refusal === undefined))
        differ.push(`${JSON.stringify(item)}: ${refusal ?? "taken by the server"}`);
    }
  };
  await Promise.all(Array.from({ length: 12 }, work));
  return { differ, taken };
}

const hasError = (found: readonly { readonly severity?: string | undefined }[]) =>
  found.some(({ severity }) => severity !== "warning");

describe("the API server", () => {
  test("takes the same schedules", async () => {
    const items = fc.sample(expressions, { numRuns: 800 });
    // It takes what would come each second, too.
    const errors = (item: string) => checkCron("schedule", item).filter(({ rule }) => rule !== "schedule/every");
    const { differ, taken } = await differences(items, refusalOf, (item) => !hasError(errors(item)));
    expect(differ).toEqual([]);
    // The test means something only where both happen often.
    expect(taken).toBeGreaterThan(100);
    expect(new Set(items).size - taken).toBeGreaterThan(100);
  }, 120_000);

  test("takes the same time zones", async () => {
    const known = [...timeZones()];
    const wrong = known.flatMap((name, i) => (i % 9 === 0 ? [name.toLowerCase(), `${name}x`, name.slice(1)] : []));
    const odd = [
      "Local",
      "local",
      "",
      "+01:00",
      "GMT+1",
      "PST",
      "CEST",
      "BST",
      "Etc/GMT+15",
      "../UTC",
      "Europe//Berlin",
      "/UTC",
      "SystemV/PST8",
    ];
    const { differ, taken } = await differences(
      [...known, ...wrong, ...odd],
      (item) => refusalOf("@daily", item),
      (item) => checkTimeZone("timeZone", item).length === 0,
    );
    expect(differ).toEqual([]);
    expect(taken).toBeGreaterThanOrEqual(known.length);
  }, 120_000);
});
