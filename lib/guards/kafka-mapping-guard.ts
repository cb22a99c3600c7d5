import { CfnResource, type IAspect, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type KafkaApp, kafkaAppOf, mappingType } from './kafka-mapping.ts';
import { kafkaMappingRules, type Rule } from './kafka-mapping-rules.ts';

/**
 * Fails the synthesis on every event source mapping from Kafka that Lambda would refuse, or that would lose
 * records or money, and names all of them at once. Sees L1 and L2 alike, MSK and self-managed Kafka,
 * overrides included.
 *
 * A fault that is meant is acknowledged, with its reason, on the mapping or on anything it is part of:
 * `Validations.of(mapping).acknowledge({ id: 'KafkaMapping::starting-position', reason: '…' })`.
 *
 * What only the deploy knows (a parameter, an import, a function or role of another app) is not judged, with
 * one exception: a cluster of another app is taken to sign its clients in with IAM. A Stage is an app of its
 * own to aspects and needs its own guard.
 */
export class KafkaMappingGuard implements IAspect {
  readonly #guarded = new WeakSet<IConstruct>();
  #app: KafkaApp | undefined;

  visit(node: IConstruct): void {
    // Every synthesis visits before it validates, and the tree may have changed since the last.
    this.#app = undefined;
    if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== mappingType || this.#guarded.has(node))
      return;
    this.#guarded.add(node);
    // Not judged here: other aspects may still change the tree, and annotations would let `app.synth()` pass.
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
