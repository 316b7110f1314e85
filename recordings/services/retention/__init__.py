"""What changes a recording's dates beside law and policy: triggers, decisions of people, governance, refusals."""
