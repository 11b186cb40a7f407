import { describe, expect, it } from "vitest";
import { type Upload, Uploads } from "#transport/uploads.ts";

function anUpload(): Upload & { cuts: number } {
  const upload = {
    bytes: 0,
    cuts: 0,
    cutOff: () => {
      upload.cuts += 1;
    },
  };
  return upload;
}

describe("Uploads", () => {
  it("cuts off a body that stands still, once, however much of it came before", () => {
    const uploads = new Uploads(100);
    const stalled = anUpload();
    uploads.begin(stalled);
    stalled.bytes = 1_000_000;

    uploads.look();
    expect(stalled.cuts).toBe(0);
    uploads.look();
    expect(stalled.cuts).toBe(1);
    uploads.look();
    expect(stalled.cuts).toBe(1);
  });

  it("leaves alone what keeps coming, and what has come", () => {
    const uploads = new Uploads(100);
    const [steady, complete, slow] = [anUpload(), anUpload(), anUpload()];
    for (const upload of [steady, complete, slow]) uploads.begin(upload);
    uploads.look();

    uploads.end(complete);
    for (let looks = 0; looks < 5; looks += 1) {
      steady.bytes += 100;
      slow.bytes += 99;
      uploads.look();
    }

    expect([steady.cuts, complete.cuts, slow.cuts]).toEqual([0, 0, 1]);
  });

  it("cuts nobody off where nothing has to come", () => {
    const uploads = new Uploads(0);
    const stalled = anUpload();
    uploads.begin(stalled);

    for (let looks = 0; looks < 3; looks += 1) uploads.look();

    expect(stalled.cuts).toBe(0);
  });
});
