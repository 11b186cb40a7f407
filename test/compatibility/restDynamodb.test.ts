import { describeRest } from "./describeRest.ts";
import { onDynamodb } from "./onDynamodb.ts";

const { name, ...options } = onDynamodb();

describeRest(name, options);
