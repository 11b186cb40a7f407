import { describeAuth } from "./describeAuth.ts";
import { onDynamodb } from "./onDynamodb.ts";

const { name, ...options } = onDynamodb();

describeAuth(name, options);
