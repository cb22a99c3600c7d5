import { CfnResource, type IAspect, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type KafkaApp, kafkaAppOf, mappingType } from './kafka-mapping.ts';
import { kafkaMappingRules, type Rule } from './kafka-mapping-rules.ts';

/**
 * Fails the synthesis if Lambda would refuse an event source mapping from Kafka, or if the mapping would lose
 * records or money. Names all faults at once. Checks L1 and L2, overrides, MSK and self-managed Kafka.
 *
 * An intended fault is acknowledged, with its reason, on the mapping or on a construct that contains it:
 * `Validations.of(mapping).acknowledge({ id: 'KafkaMapping::starting-position', reason: '…' })`.
 *
 * Values that only the deploy knows are not judged: parameters, imports, functions and roles of other apps.
 * One exception: a cluster of another app is assumed to authenticate clients with IAM. A CDK Stage needs its
 * own guard.
 */
export class KafkaMappingGuard implements IAspect {
  readonly #guarded = new WeakSet<IConstruct>();
  #app: KafkaApp | undefined;

  visit(node: IConstruct): void {
    // A synthesis visits before it validates, and the tree may have changed since the last synthesis.
    this.#app = undefined;
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== mappingType || this.#guarded.has(node))
      return;
    this.#guarded.add(node);
    // Checked later: other aspects may still change the tree. An annotation would not fail `app.synth()`.
    node.node.addValidation({ validate: () => this.#faults(node) });
  }

  #faults(node: IConstruct): string[] {
    this.#app ??= kafkaAppOf(node.node.root);
    const app = this.#app;
    const mapping = app.mappings.find(({ path }) => path === node.node.path);
    if (mapping === undefined) return [];
    return kafkaMappingRules
      .filter((rule) => !isAcknowledged(node, rule))
      .flatMap((rule) =>
        rule.faults(mapping, app).map((fault) => `${idOf(rule)}: ${fault} See ${rule.page}`),
      );
  }
}

const idOf = ({ id }: Rule): string => `KafkaMapping::${id}`;

function isAcknowledged(node: IConstruct, rule: Rule): boolean {
  return node.node.scopes
    .flatMap(({ node: { metadata } }) => metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .some(({ data }) => typeof data[idOf(rule)] === 'string' && data[idOf(rule)].trim() !== '');
}
