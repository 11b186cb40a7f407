import { App } from "aws-cdk-lib";
import { QueueServiceStack } from "./queueServiceStack.ts";

const app = new App();
const disposable: unknown = app.node.tryGetContext("disposable") ?? "false";
if (disposable !== "true" && disposable !== "false") {
  throw new Error(`expected the context disposable to be true or false, got ${disposable}`);
}

new QueueServiceStack(app, "Millrace", {
  description: "Message queues that speak the Amazon SQS API",
  isDisposable: disposable === "true",
});
