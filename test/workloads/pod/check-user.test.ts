import { Ref, type WebServiceProps } from "flagstone";
import { describe, expect, test } from "vitest";
import { brief, serviceWith } from "../../testing/fixtures";

const ALONE = { replicas: 1, rollout: { strategy: "recreate" } } as const;
const FIX = "unless user says its number; say the number of the image's user, as in user: 1000";

async function findingsOf(props: Partial<WebServiceProps>) {
  return brief((await serviceWith({ ...ALONE, ...props })).findings);
}

describe("where only the image knows the user", () => {
  const key = { text: Ref.secretKey({ name: "tls", key: "tls.key" }), mode: "0400" } as const;

  test.each<[string, Partial<WebServiceProps>, string]>([
    [
      "a file that only its owner reads",
      { files: { "/etc/key": key } },
      'file "/etc/key" is root\'s, and its mode lets no other user read it',
    ],
    [
      "a folder of keys that only their owner reads",
      { volumes: { tls: { kind: "keys", secret: "tls", path: "/tls", mode: "0440" } } },
      'files of volume "tls" are root\'s, and their mode lets no other user read them',
    ],
    [
      "a disk",
      { volumes: { data: { kind: "persistent", size: "1Gi", path: "/data" } } },
      'volume "data" is a disk, which is root\'s when it is new, and no other user writes to it',
    ],
  ])("%s is a warning", async (_, props, message) => {
    expect(await findingsOf({ user: "image", ...props })).toEqual([
      `security/image-user dev/shop/web: ${message}, ${FIX}`,
    ]);
    expect(await findingsOf(props)).toEqual([]);
    expect(await findingsOf({ user: 1000, ...props })).toEqual([]);
  });

  test("a file of another container is a warning, once where it is inherited", async () => {
    const init = { load: { args: ["load"] } };
    expect(await findingsOf({ user: "image", init, files: { "/etc/key": key } })).toHaveLength(1);
    expect(await findingsOf({ user: "image", init: { load: { files: { "/etc/key": key } } } })).toHaveLength(1);
  });

  test("what everybody reads, and what nobody writes to, is none", async () => {
    expect(
      await findingsOf({
        user: "image",
        files: { "/etc/a": { text: "a", mode: "0444" }, "/etc/b": "b" },
        volumes: {
          data: { kind: "persistent", size: "1Gi", path: "/data", readOnly: true },
          tls: { kind: "keys", secret: "tls", path: "/tls" },
          room: { kind: "empty", path: "/room" },
        },
      }),
    ).toEqual([]);
  });
});
