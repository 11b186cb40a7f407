import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { warmUp } from "../../../functions/shared/warmUp.ts";

const onLambda = { AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand" };

const warn = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  warn.mockReset();
});

describe("warmUp", () => {
  it("runs all of its parts while Lambda starts the function", async () => {
    const parts = [vi.fn(async () => undefined), vi.fn(async () => undefined)] as const;

    await warmUp(onLambda, { warn }, ...parts);

    expect(parts.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("runs nothing for whoever else imports a function", async () => {
    const part = vi.fn(async () => undefined);

    await warmUp({}, { warn }, part);

    expect(part).not.toHaveBeenCalled();
  });

  it("says which part failed, and runs the others", async () => {
    const error = new Error("refused");
    const failing = async () => {
      throw error;
    };
    const other = vi.fn(async () => undefined);

    await warmUp(onLambda, { warn }, failing, other);

    expect(warn.mock.calls).toEqual([["warmUp.failed", { error }]]);
    expect(other).toHaveBeenCalledOnce();
  });

  it("lets the function start after two seconds, and has what hangs begin nothing more", async () => {
    let told: AbortSignal | undefined;
    const hanging = (stop: AbortSignal) => {
      told = stop;
      return new Promise<void>(() => undefined);
    };
    const ended = vi.fn();

    const warmed = warmUp(onLambda, { warn }, hanging).then(ended);
    await vi.advanceTimersByTimeAsync(1999);
    const hadEnded = ended.mock.calls.length;
    await vi.advanceTimersByTimeAsync(1);
    await warmed;

    expect(hadEnded).toBe(0);
    expect(told?.aborted).toBe(true);
  });
});
