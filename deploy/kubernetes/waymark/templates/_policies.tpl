{{/* The pods of a component, which are refused whatever no rule lets through. */}}
{{- define "waymark.policy.pods" -}}
podSelector:
  matchLabels:
    {{- include "waymark.selector" . | nindent 4 }}
policyTypes: [Ingress, Egress]
{{- end }}

{{- define "waymark.policy.peer" -}}
- podSelector:
    matchLabels:
      {{- include "waymark.selector" . | nindent 6 }}
{{- end }}

{{/* To look names up; takes the peers and ports of the values. */}}
{{- define "waymark.policy.names" -}}
- ports:
    {{- range .Values.networkPolicy.dns.ports }}
    - port: {{ . }}
      protocol: UDP
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with .Values.networkPolicy.dns.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Database and Kafka, at the ports of the values, else at those of their addresses. */}}
{{- define "waymark.policy.backends" -}}
{{- $hosts := regexReplaceAll "^.*://|/.*$" .Values.database.url "" }}
{{- $database := dict "addresses" $hosts "usual" "5432" "rules" .Values.networkPolicy.database }}
{{- $kafka := dict "addresses" .Values.kafka.bootstrapServers "usual" "9092" "rules" .Values.networkPolicy.kafka }}
{{- range $backend := list $database $kafka }}
{{- $ports := list }}
{{- range splitList "," .addresses }}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default $backend.usual) }}
{{- end }}
- ports:
    {{- range .rules.ports | default (uniq $ports) }}
    - port: {{ . }}
    {{- end }}
  {{- with .rules.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Public addresses, whatever the port: tenants say where webhooks and tasks go. */}}
{{- define "waymark.policy.outside" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
    - ipBlock:
        cidr: 2000::/3
{{- with .Values.networkPolicy.outbound }}
- to:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{- define "waymark.policy.to-services" -}}
- to:
    {{- range .services }}
    {{- include "waymark.policy.peer" (dict "root" $.root "component" .) | nindent 4 }}
    {{- end }}
  ports:
    - port: 8080
{{- end }}

{{- define "waymark.policy.egress" -}}
{{- with .Values.networkPolicy.egress }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* Setup and operators' commands: nobody reaches them. */}}
{{- define "waymark.policy.owner" -}}
{{ include "waymark.policy.pods" . }}
ingress: []
egress:
  {{- include "waymark.policy.names" .root | nindent 2 }}
  {{- include "waymark.policy.backends" .root | trim | nindent 2 }}
  {{- with include "waymark.policy.egress" .root | trim }}{{ . | nindent 2 }}{{ end }}
{{- end }}
