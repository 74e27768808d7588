with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

{{ stays_by_institution_and_purpose() }}

select * from final
