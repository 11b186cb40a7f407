import { Duration, Validations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  OriginRequestPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { FunctionUrlOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import type { IFunctionUrl } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

/** A name of yours, and the proof that it is yours. */
export interface CustomDomain {
  /** Such as `queues.example.com`. */
  readonly domainName: string;
  /** Of a certificate for that name, in ACM in us-east-1, where CloudFront looks. */
  readonly certificateArn: string;
}

interface QueueDomainProps extends CustomDomain {
  readonly url: IFunctionUrl;
}

/**
 * CloudFront before a function URL, so that the tenant is reached under a name of its own. It caches
 * nothing and passes on every method and header but `Host`, which Lambda needs for itself; the
 * function knows the name by which it is called, and checks signatures over it.
 */
export class QueueDomain extends Construct {
  /** What the domain's record in DNS must point to. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: QueueDomainProps) {
    super(scope, id);
    const distribution = new Distribution(this, "Distribution", {
      comment: `Millrace at ${props.domainName}`,
      domainNames: [props.domainName],
      certificate: Certificate.fromCertificateArn(this, "Certificate", props.certificateArn),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      defaultBehavior: {
        // Longer than the longest poll.
        origin: new FunctionUrlOrigin(props.url, { readTimeout: Duration.seconds(30) }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        compress: false,
      },
    });
    this.target = distribution.distributionDomainName;
    Validations.of(distribution).acknowledge(
      {
        id: "AwsSolutions-CFR1",
        reason: "Who may call is decided by access keys; a tenant's workers may be in any country.",
      },
      {
        id: "AwsSolutions-CFR2",
        reason:
          "The callers are programs whose every request is signed; without a valid signature nothing is read or written. A tenant may associate a web ACL of its own.",
      },
      {
        id: "AwsSolutions-CFR3",
        reason: "The function behind it logs each request.",
      },
    );
  }
}
