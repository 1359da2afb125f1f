{{ roll_forward('funding_source') }}
