import { Duration as Cdk8sDuration, Size } from "cdk8s";
import { Cpu as Cdk8sCpu } from "cdk8s-plus-28";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Bytes,
  type Cpu,
  type Duration,
  formatKibibytes,
  formatMillicores,
  toKibibytes,
  toMillicores,
  toSeconds,
} from "../../lib/core/units";

// https://github.com/kubernetes/apimachinery/blob/master/pkg/api/resource/quantity.go
const QUANTITY = /^[1-9]\d*(m|Ki|Mi|Gi|Ti)?$/;

describe("durations", () => {
  test.each([
    ["s", 1],
    ["m", 60],
    ["h", 3_600],
    ["d", 86_400],
  ] as const)("a number of %s is that many times %i seconds", (unit, seconds) => {
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (n) => {
        expect(toSeconds(`${n}${unit}`)).toBe(n * seconds);
      }),
    );
  });

  test("milliseconds count when they are whole seconds", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000_000 }), (n) => {
        expect(toSeconds(`${n}ms`)).toBe(n % 1000 === 0 ? n / 1000 : undefined);
      }),
    );
  });

  test.each<[Duration, number]>([
    ["0s", 0],
    ["1.5m", 90],
    ["0.5h", 1_800],
    [Cdk8sDuration.minutes(2), 120],
    [Cdk8sDuration.millis(3_000), 3],
  ])("%s is %i seconds", (duration, seconds) => {
    expect(toSeconds(duration)).toBe(seconds);
  });

  test.each([30, "30", "", "s", "-5s", "1e3s", "5 s", "5.s", ".5s", "5S", "5w", "0.5s", "NaNs", "Infinitys", null, {}])(
    "%o is no duration in whole seconds",
    (value) => {
      expect(toSeconds(value as Duration)).toBeUndefined();
    },
  );

  test("a duration of cdk8s below a second is none", () => {
    expect(toSeconds(Cdk8sDuration.millis(1_500))).toBeUndefined();
  });
});

describe("CPU", () => {
  test("what is formatted is read as the same amount, and is a quantity of Kubernetes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (millicores) => {
        const text = formatMillicores(millicores);
        expect(text).toMatch(QUANTITY);
        expect(toMillicores(text as Cpu)).toBe(millicores);
      }),
    );
  });

  test("thousandths, cores and fractions of a core agree", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (millicores) => {
        expect(toMillicores(`${millicores}m`)).toBe(millicores);
        expect(toMillicores(millicores / 1000)).toBe(millicores);
        expect(toMillicores(Cdk8sCpu.millis(millicores))).toBe(millicores);
      }),
    );
  });

  test("whole cores of cdk8s-plus are read", () => {
    expect(toMillicores(Cdk8sCpu.units(2))).toBe(2_000);
  });

  test.each([
    [1_000, "1"],
    [250, "250m"],
    [1_500, "1500m"],
    [16_000, "16"],
  ])("%i thousandths are written as %s", (millicores, text) => {
    expect(formatMillicores(millicores)).toBe(text);
  });

  test.each([0, -1, 0.0005, 0.0015, NaN, Infinity, "0m", "-1m", "1.5m", "1.5", "500M", "m", "", "1 m", null, {}])(
    "%o is no amount of CPU",
    (value) => {
      expect(toMillicores(value as Cpu)).toBeUndefined();
    },
  );
});

describe("memory", () => {
  test("what is formatted is read as the same amount, in the largest unit that keeps it whole", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 }), fc.constantFrom(1, 1024, 1024 ** 2), (n, factor) => {
        const kibibytes = n * factor;
        const text = formatKibibytes(kibibytes);
        expect(text).toMatch(QUANTITY);
        expect(toKibibytes(text as Bytes)).toBe(kibibytes);
        if (!text.endsWith("Ti")) expect(Number.parseInt(text, 10) % 1024).not.toBe(0);
      }),
    );
  });

  test.each([
    ["Ki", 1],
    ["Mi", 1024],
    ["Gi", 1024 ** 2],
    ["Ti", 1024 ** 3],
  ] as const)("a number of %s is that many times %i kibibytes", (unit, kibibytes) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (n) => {
        expect(toKibibytes(`${n}${unit}`)).toBe(n * kibibytes);
      }),
    );
  });

  test.each<[Bytes, number]>([
    ["0.5Mi", 512],
    ["1.5Gi", 1_572_864],
    [Size.mebibytes(2), 2_048],
    [Size.gibibytes(1), 1_048_576],
  ])("%s is %i kibibytes", (bytes, kibibytes) => {
    expect(toKibibytes(bytes)).toBe(kibibytes);
  });

  test.each(["0Mi", "-1Mi", "1.5Ki", "128", 128, "128M", "128MB", "1e3Mi", "1 Gi", "Gi", "", NaN, null, {}])(
    "%o is no amount of memory",
    (value) => {
      expect(toKibibytes(value as Bytes)).toBeUndefined();
    },
  );
});
