import { describeSqs } from "./describeSqs.ts";
import { onDynamodb } from "./onDynamodb.ts";

const { name, ...options } = onDynamodb();

describeSqs(name, { ...options, isShared: true });
