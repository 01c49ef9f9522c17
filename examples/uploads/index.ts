// A construct with a cloud resource: a bucket of AWS next to the service that uses it.
import * as s3 from "@pulumi/aws/s3/index.js";
import type { Construct } from "constructs";
import { Cluster, Component, definePlatform, Platform, type Ref, Tenant, WebService } from "flagstone";

/** A place for files that users upload. Declared here, created when the engine deploys and the whole program is valid. */
class Uploads extends Component {
  readonly bucketName: Ref;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bucket = this.cloud("Bucket", (name, options) => new s3.Bucket(name, { forceDestroy: false }, options));
    this.cloud(
      "PublicAccessBlock",
      (name, options) =>
        new s3.BucketPublicAccessBlock(
          name,
          { bucket: bucket.get().id, blockPublicAcls: true, blockPublicPolicy: true },
          options,
        ),
    );
    this.bucketName = bucket.output((b) => b.bucket);
  }
}

const facts = definePlatform("uploads", {
  domain: "uploads.example",
  environments: { dev: { tier: "development" }, prod: { tier: "production" } },
  tenants: { media: { owners: ["group:media"] } },
});

const clusters = Cluster.fromKubeconfig();
const platform = new Platform(facts, {
  environments: {
    dev: { clusters, aws: { region: "eu-central-1" } },
    prod: { clusters, aws: { region: "eu-central-1", accountId: "123456789012" } },
  },
});

export const flagstone = platform.run((environment) => {
  const media = new Tenant(environment, "media");
  const uploads = new Uploads(media, "uploads");
  new WebService(media, "gallery", {
    image:
      "registry.uploads.example/gallery:3.2.0@sha256:6b7c8d9e0f1a2b3c4d5fa6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7",
    env: { BUCKET: uploads.bucketName }, // reaches the pod by a Secret that Pulumi delivers
  });
});
