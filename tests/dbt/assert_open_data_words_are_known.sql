with

mobilities as (

    select * from {{ ref('int_open_mobilities_versioned') }}

),

unknown_words as (

    select
        'activity' as word_kind,
        activity_text as word,
        n_participants
    from mobilities
    where row_status = 'unknown_activity'
    union all
    select
        'sending country' as word_kind,
        sending_country as word,
        n_participants
    from mobilities
    -- Another country's code is of no interest here; what is no code could be the agency's own country.
    where
        row_status = 'unknown_country'
        and not coalesce(regexp_matches(sending_country, '^[A-Z]{2}$'), false)
    union all
    select
        'receiving country' as word_kind,
        receiving_country as word,
        n_participants
    from mobilities
    where
        row_status = 'current'
        and receiving_country_code is null

)

select
    word_kind,
    word,
    sum(n_participants) as n_participants
from unknown_words
group by word_kind, word
