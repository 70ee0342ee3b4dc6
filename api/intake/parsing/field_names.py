"""Names of fields as senders write them, without case and marks: which of them say what, the best first."""

from agents.runtime.briefing import AlertStatus

TITLES = (
    *("title", "summary", "headline", "alertname", "rulename", "alertrule", "alerttitle", "alertrulename"),
    *("monitorfriendlyname", "monitorname", "checkname", "problemtitle", "problemname", "incidentname"),
    *("incidenttitle", "issuetitle", "eventtitle", "alarmname", "conditionname", "policyname", "searchname"),
    *("detectorname", "triggername", "workflowname", "testname", "jobname", "taskname", "findingtitle", "displayname"),
    *(
        "entitydisplayname",
        "displayid",
        "subject",
        "name",
        "friendlyname",
        "eventname",
        "operationname",
        "errormessage",
        "errorclass",
        "exceptionclass",
        "shortdescription",
    ),
)
WEAK_TITLES = (
    *(
        "message",
        "msg",
        "text",
        "sensor",
        "alert",
        "incident",
        "problem",
        "event",
        "alarm",
        "issue",
        "check",
        "monitor",
        "rule",
    ),
    *("description", "reason", "details", "detail", "body", "content", "cause", "error", "output", "servicedesc"),
    *("metric", "condition", "statemessage", "longdescription", "shortdescription", "note", "host", "hostname"),
)
STATES = (
    *("notificationtype", "alerttransition", "transition", "eventaction", "conclusion", "servicestate", "hoststate"),
    *("currenthealthstatus", "currentstate", "currentstatus", "newstate", "newstatevalue", "newstatus"),
    *("monitorcondition", "monitorstatus", "alertstatus", "alertstate", "incidentstatus", "incidentstate"),
    *(
        "problemstate",
        "issuestatus",
        "checkstatename",
        "currentmilestone",
        "state",
        "status",
        "statusname",
        "statuscategory",
        "healthstatus",
        "health",
    ),
    *(
        "actiongroup",
        "actiongroupname",
        "messagetype",
        "stage",
        "phase",
        "statuscode",
        "outcome",
        "result",
        "resolution",
        "lifecycle",
    ),
)
"""A state that something is in now."""
ACTIONS = (
    *("eventtype", "event", "action", "eventname", "alerttype", "webhookevent", "type", "kind", "trigger"),
    *("notificationreason", "subtype", "topic", "hook", "operation", "detailtype", "color"),
)
"""What happened just now, in one word."""
ACTION_TIMES_OVER = frozenset({"completed", "complete", "end", "ended", "finished", "done", "alert", "success", "new"})
"""Actions that say only that a message was finished, not that all is well."""
IF_TRUE: dict[str, AlertStatus] = {
    **dict.fromkeys(("resolved", "isresolved", "recovered", "closed", "isclosed", "ok", "isok", "healthy"), "resolved"),
    **dict.fromkeys(("up", "isup", "success", "passing", "ishealthy"), "resolved"),
    **dict.fromkeys(("firing", "isfiring", "triggered", "alerting", "down", "isdown", "failing", "failed"), "firing"),
    **dict.fromkeys(("isopen", "open", "isactive", "active", "breached", "unhealthy", "haserrors"), "firing"),
    **dict.fromkeys(("acknowledged", "acked", "isacknowledged"), "acknowledged"),
}
IF_FALSE: dict[str, AlertStatus] = {
    name: "firing" if status == "resolved" else "resolved"
    for name, status in IF_TRUE.items()
    if status != "acknowledged"
}
TESTS = ("test", "istest", "testmode", "drill", "isdrill", "isheartbeat", "dryrun")
SEVERITIES = (
    *("severity", "severityname", "alertseverity", "priority", "alertpriority", "prioritylevel", "sev", "urgency"),
    *("criticality", "importance", "importancelevel", "level", "severitylevel", "impact", "risk", "threatlevel"),
    *("incidentseverity", "problemseverity", "currentseverity", "nseverity", "triggerseverity"),
)
SERVICES = (
    *("service", "servicename", "services", "servicedisplayname", "affectedservice", "affectedservices", "application"),
    *("applicationname", "app", "appname", "component", "componentname", "components", "affectedcomponents"),
    *("deployment", "workload", "statefulset", "daemonset", "container", "project", "projectname", "projectslug"),
    *("repository", "impactedentities", "impactedentity", "entityname", "functionalities", "involvedobject"),
)
PLACES = (
    *("resourcename", "resource", "host", "hostname", "hostalias", "servername", "server", "node", "device"),
    *("devicename", "machine", "website", "site", "target", "entity"),
)
"""Where no service is named."""
EXPORTERS = (
    *("exporter", "blackbox", "kubestatemetrics", "kubelet", "cadvisor", "prometheus", "probe", "probes", "snmp"),
    *("pushgateway", "node", "icmp", "ping"),
)
"""Jobs of Prometheus that watch other services."""
ENVIRONMENTS = ("environment", "env", "deploymentenvironment", "environmentname", "stage")
REGIONS = ("region", "awsregion", "cloudregion", "location", "zone", "datacenter", "availabilityzone")
DESCRIPTIONS = (
    *("description", "details", "detail", "body", "message", "msg", "text", "reason", "output", "cause", "content"),
    *("longdescription", "statemessage", "serviceoutput", "hostoutput", "impactdescription", "culprit"),
)
VALUES = ("value", "currentvalue", "measured", "observedvalue", "metricvalue", "itemvalue", "evalmatches")
LABELS = ("labels", "commonlabels", "tags", "attributes", "dimensions", "metadata", "customfields", "customdetails")
LINKS = ("url", "link", "permalink", "uri", "href")
STARTS = (
    *("startsat", "startedat", "starttime", "start", "startdate", "starttimestamp", "firedat", "triggeredat"),
    *("openedat", "createdat", "created", "occurredat", "detectedat", "firstseen", "timestamp", "time", "date"),
    *("eventtime", "datetime", "createdon", "statechangetime", "reportedat", "lastupdated"),
)
ENDS = (
    *("resolvedat", "closedat", "endedat", "recoveredat", "clearedat", "restoredat", "resolvedtime", "endtime"),
    *("resolvedon", "mitigatedat", "resolvedtimestamp", "closetime", "enddate", "endtimestamp"),
)
