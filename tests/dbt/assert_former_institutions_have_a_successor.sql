with

institutions as (

    select * from {{ ref('institution') }}

),

ended as (

    select from_institution_key from {{ ref('institution_event') }}
    where event_kind <> 'transfer'
    group by from_institution_key

)

select
    institutions.institution_key,
    institutions.valid_to,
    institutions.is_present,
    ended.from_institution_key is not null as has_successor
from institutions
left join ended on institutions.institution_key = ended.from_institution_key
where
    (institutions.valid_to is not null) <> (ended.from_institution_key is not null)
    or (institutions.valid_to is null) <> institutions.is_present
