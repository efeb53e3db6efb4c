{"question_id": "2"}
