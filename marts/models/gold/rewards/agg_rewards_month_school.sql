{{ roll_forward('school_id') }}
