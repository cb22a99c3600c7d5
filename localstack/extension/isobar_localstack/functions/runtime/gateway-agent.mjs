// Routes https connections to the gateway's host at port 443 to the gateway, in plain text. A CloudFormation
// custom resource answers with a PUT to its ResponseURL. On AWS this is an S3 URL. CDK's handlers use only
// its host and path, and send https to port 443. The local gateway has another port and no certificate.
import https from 'node:https';
import net from 'node:net';

export function routeToGateway(endpointUrl) {
  if (!endpointUrl) return;
  const gateway = new URL(endpointUrl);
  const agent = https.globalAgent;
  const createConnection = agent.createConnection;
  agent.createConnection = (options, onCreate) =>
    options.host === gateway.hostname && Number(options.port) === 443
      ? net.connect({ host: gateway.hostname, port: Number(gateway.port) })
      : createConnection.call(agent, options, onCreate);
}
