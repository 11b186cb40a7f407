import { describe, expect, it } from "vitest";
import { canonicalPath, canonicalQuery, canonicalRequest } from "#auth/canonicalRequest.ts";
import { queryParameters } from "#auth/queryParameters.ts";
import { vectorA } from "./aSignedRequest.ts";

describe("canonicalPath", () => {
  it.each([
    ["", "/"],
    ["/", "/"],
    ["//", "/"],
    ["/123456789012/q1", "/123456789012/q1"],
    ["/123456789012/q1/", "/123456789012/q1/"],
    ["/a//b", "/a/b"],
    ["/a/./b/../c", "/a/c"],
    ["/../a", "/a"],
    ["/a/..", "/"],
    ["/a%20b", "/a%2520b"],
    ["/a%2Fb", "/a%252Fb"],
    ["/~a-b_c.d", "/~a-b_c.d"],
    ["/a+b:c@d", "/a%2Bb%3Ac%40d"],
    ["/\u00c3\u00a9", "/%C3%A9"],
    ["/\u20ac", "/%E2%82%AC"],
  ])("writes %j as %j", (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical);
  });
});

describe("canonicalQuery", () => {
  it.each([
    ["", ""],
    ["&&", ""],
    ["a", "a="],
    ["b=2&a=1", "a=1&b=2"],
    ["a=2&a=10&a=1", "a=1&a=10&a=2"],
    ["a-b=1&a=2", "a=2&a-b=1"],
    ["a=b=c", "a=b%3Dc"],
    ["a=%41%2d%7E", "a=A-~"],
    ["a=%2f%2F", "a=%2F%2F"],
    ["a=b+c%2Bd%20e", "a=b%20c%2Bd%20e"],
    ["a=100%", "a=100%25"],
    ["a=%zz", "a=%25zz"],
    ["a='()*!", "a=%27%28%29%2A%21"],
    ["Z=1&a=1", "Z=1&a=1"],
    ["a=1&X-Amz-Signature=00&X-Amz-Security-Token=t", "X-Amz-Security-Token=t&a=1"],
    ["a=\u00e9", "a=%E9"],
    ["a=\u{1f600}", "a=%F0%9F%98%80"],
  ])("writes %j as %j", (query, canonical) => {
    expect(canonicalQuery(queryParameters(vectorA({ query })))).toBe(canonical);
  });
});

describe("canonicalRequest", () => {
  it.each<[string, string | readonly string[], string]>([
    ["trims", "  a  ", "a"],
    ["collapses blanks", 'a   b\t \tc  "d   e"', 'a b c "d e"'],
    ["joins what came twice", ["a", " b  c "], "a,b c"],
    ["keeps what is empty", "", ""],
  ])("%s a header", (_name, value, canonical) => {
    const request = vectorA({ headers: { "x-a": value } });

    expect(canonicalRequest(request, "host;x-a")?.split("\n")).toContain(`x-a:${canonical}`);
  });

  it.each([
    ["a header that is missing", "host;x-missing"],
    ["a header that every object has", "constructor;host"],
    ["an empty name", ";host"],
    ["names out of order", "x-amz-date;host"],
    ["a name twice", "host;host"],
    ["a name in capitals", "Host"],
  ])("is none for %s", (_name, signedHeaders) => {
    expect(canonicalRequest(vectorA(), signedHeaders)).toBeUndefined();
  });
});
