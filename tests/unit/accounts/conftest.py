from chassis.testing import firm_context, service_session, service_sessions

ctx = firm_context()
session = service_session("accounts")
sessions = service_sessions("accounts")
